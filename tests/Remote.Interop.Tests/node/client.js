// node client.js ADDRESS SCENARIO: plays one scenario against a server of peer.proto; exit code 0 when it went as it must.
'use strict';

const assert = require('assert');
const { grpc, Peer, Absent, limits } = require('./peer');

const [address, scenario] = process.argv.slice(2);
const credentials = grpc.credentials.createInsecure();
const client = new Peer(address, credentials, limits);
const status = grpc.status;

const unary = (method, ask, metadata, options) => new Promise((resolve, reject) => {
  const seen = {};
  const call = client[method](ask, metadata || new grpc.Metadata(), options || {}, (error, answer) =>
    error ? reject(error) : setImmediate(() => resolve({ answer, ...seen })));
  call.on('metadata', headers => { seen.headers = headers; });
  call.on('status', end => { seen.status = end; });
});

const stream = call => new Promise(resolve => {
  const received = [];
  call.on('data', message => received.push(message));
  call.on('error', () => {});
  call.on('status', end => resolve({ received, status: end }));
});

async function fails(promise, code, details) {
  const error = await promise.then(() => assert.fail(`expected status ${code}, got an answer`), e => e);
  assert.strictEqual(error.code, code, error.stack);
  if (details !== undefined) assert.strictEqual(error.details, details);
}

const sizes = [31415, 9, 2653, 58979];
const payloads = [27182, 8, 1828, 45904];
const special = '\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP \u{1F608}\t\n100%';

const scenarios = {
  async empty_unary() {
    await unary('Nothing', {});
  },

  async large_unary() {
    const { answer } = await unary('Unary', { payload: Buffer.alloc(271828), sizes: [314159] });
    assert.strictEqual(answer.payload.length, 314159);
  },

  async client_streaming() {
    const sum = await new Promise((resolve, reject) => {
      const call = client.Upload((error, answer) => error ? reject(error) : resolve(answer));
      for (const size of payloads) call.write({ payload: Buffer.alloc(size) });
      call.end();
    });
    assert.strictEqual(sum.bytes, 74922);
  },

  async server_streaming() {
    const { received, status: end } = await stream(client.Download({ sizes }));
    assert.deepStrictEqual(received.map(m => m.payload.length), sizes);
    assert.strictEqual(end.code, status.OK);
  },

  async ping_pong() {
    const call = client.Chat();
    const done = stream(call);
    for (let i = 0; i < sizes.length; i++) {
      const answered = new Promise(resolve => call.once('data', resolve));
      call.write({ payload: Buffer.alloc(payloads[i]), sizes: [sizes[i]] });
      assert.strictEqual((await answered).payload.length, sizes[i]);
    }
    call.end();
    const { received, status: end } = await done;
    assert.strictEqual(received.length, sizes.length);
    assert.strictEqual(end.code, status.OK);
  },

  async empty_stream() {
    const call = client.Chat();
    call.end();
    const { received, status: end } = await stream(call);
    assert.strictEqual(received.length, 0);
    assert.strictEqual(end.code, status.OK);
  },

  async cancel_after_begin() {
    await fails(new Promise((resolve, reject) => {
      const call = client.Upload((error, answer) => error ? reject(error) : resolve(answer));
      setImmediate(() => call.cancel());
    }), status.CANCELLED);
  },

  async cancel_after_first_response() {
    const call = client.Chat();
    const done = stream(call);
    call.once('data', () => call.cancel());
    call.write({ payload: Buffer.alloc(27182), sizes: [31415] });
    const { received, status: end } = await done;
    assert.strictEqual(received.length, 1);
    assert.strictEqual(end.code, status.CANCELLED);
  },

  async deadline() {
    const call = client.Chat(new grpc.Metadata(), { deadline: Date.now() + 50 });
    const { status: end } = await stream(call);
    assert.strictEqual(end.code, status.DEADLINE_EXCEEDED);
  },

  async metadata() {
    const metadata = new grpc.Metadata();
    metadata.set('x-echo', 'test value');
    metadata.set('x-echo-bin', Buffer.from([0xab, 0xab, 0xab, 0x00, 0xff]));
    const { headers, status: end } = await unary('Unary', { sizes: [10] }, metadata);
    assert.deepStrictEqual(headers.get('x-echo'), ['test value']);
    assert.deepStrictEqual(end.metadata.get('x-echo-bin'), [Buffer.from([0xab, 0xab, 0xab, 0x00, 0xff])]);

    const call = client.Chat(metadata);
    const seen = new Promise(resolve => call.once('metadata', resolve));
    const done = stream(call);
    call.write({ sizes: [1] });
    call.end();
    assert.deepStrictEqual((await seen).get('x-echo'), ['test value']);
    assert.strictEqual((await done).status.metadata.get('x-echo-bin').length, 1);
  },

  async status_code_and_message() {
    for (let code = 1; code <= 16; code++) {
      await fails(unary('Unary', { code, message: `status ${code}` }), code, `status ${code}`);
    }
    const call = client.Chat();
    const done = stream(call);
    call.write({ code: status.ABORTED, message: 'in a stream' });
    const { status: end } = await done;
    assert.strictEqual(end.code, status.ABORTED);
    assert.strictEqual(end.details, 'in a stream');
  },

  async special_status_message() {
    await fails(unary('Unary', { code: status.UNKNOWN, message: special }), status.UNKNOWN, special);
  },

  async unimplemented_method() {
    await fails(unary('Missing', {}), status.UNIMPLEMENTED);
  },

  async unimplemented_service() {
    const absent = new Absent(address, credentials);
    await fails(new Promise((resolve, reject) => absent.Missing({}, (error, answer) => error ? reject(error) : resolve(answer))), status.UNIMPLEMENTED);
    absent.close();
  },

  // Compresses what it sends; the answer need not be compressed.
  async compressed_request() {
    const squeezing = new Peer(address, credentials, { ...limits, 'grpc.default_compression_algorithm': 2 });
    const payload = Buffer.alloc(100000, 'a');
    const answer = await new Promise((resolve, reject) => squeezing.Unary({ payload }, (error, a) => error ? reject(error) : resolve(a)));
    assert.ok(answer.payload.equals(payload));
    squeezing.close();
  },
};

if (!scenarios[scenario]) {
  console.error(`unknown scenario ${scenario}`);
  process.exit(2);
}

scenarios[scenario]().then(
  () => { client.close(); console.log(`${scenario}: ok`); process.exit(0); },
  error => { console.error(error.stack || error); process.exit(1); });
