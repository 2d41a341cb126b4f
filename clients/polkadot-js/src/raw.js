// Requests as they go over the wire. polkadot.js gives two callers who ask the same at once one request's answer, so a
// load by it is smaller than it looks; here each request is sent, and counted.

import { WebSocket } from 'ws';

/** One WebSocket connection to the node, with any number of requests on their way. */
export class Connection {
  /** Requests that were sent, and those that were answered, with an error or without. */
  sent = 0;
  answered = 0;
  #socket;
  #waiting = new Map();

  /**
   * Connects to the node that `main.js` started or was told of.
   *
   * @returns {Promise<Connection>}
   * @throws when the node does not take the connection
   */
  static async open() {
    const connection = new Connection();
    const socket = new WebSocket(process.env.INKBPF_URL);
    connection.#socket = socket;
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => {});
    socket.on('message', (data) => connection.#take(data));
    socket.on('close', () => {
      for (const { reject, method } of connection.#waiting.values()) {
        reject(new Error(`the connection ended before ${method} was answered`));
      }
      connection.#waiting.clear();
    });
    return connection;
  }

  /**
   * Sends a request.
   *
   * @returns {Promise<any>} the `result` of its answer
   * @throws the answer's error, or that the connection ended
   */
  call(method, ...params) {
    return new Promise((resolve, reject) => {
      const id = ++this.sent;
      this.#waiting.set(id, { resolve, reject, method });
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }), (error) => error && reject(error));
    });
  }

  close() {
    this.#socket.close();
  }

  #take(data) {
    const { id, result, error } = JSON.parse(data);
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    this.answered++;
    if (error) waiting.reject(new Error(`${waiting.method}: ${error.message} ${error.data ?? ''}`));
    else waiting.resolve(result);
  }
}
