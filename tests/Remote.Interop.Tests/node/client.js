// node client.js ADDRESS SCENARIO: plays one scenario against a node that has an actor "echo"; exit code 0 when it went as it must.
'use strict';

const assert = require('assert');
const http2 = require('http2');
const { grpc, Remoting, Health, ServerReflection, pack, unpack } = require('./peer');

const [address, scenario] = process.argv.slice(2);
const credentials = grpc.credentials.createInsecure();
const client = new Remoting(address, credentials);
const status = grpc.status;
const id = `grpc-js-${scenario}`;

const unary = (method, request, metadata) => new Promise((resolve, reject) => {
  const seen = {};
  const call = client[method](request, metadata || new grpc.Metadata(), {}, (error, answer) =>
    error ? reject(error) : setImmediate(() => resolve({ answer, ...seen })));
  call.on('metadata', headers => { seen.headers = headers; });
  call.on('status', end => { seen.status = end; });
});

async function fails(promise, code, details) {
  const error = await promise.then(() => assert.fail(`expected status ${code}, got an answer`), e => e);
  assert.strictEqual(error.code, code, error.stack);
  assert.ok(error.details.includes(details || ''), error.details);
}

// A stream with its answers in the order in which they come.
class Stream {
  constructor(metadata, options) {
    this.call = client.Receive(metadata || new grpc.Metadata(), options || {});
    this.arrived = [];
    this.waiting = [];
    this.call.on('data', message => {
      const next = this.waiting.shift();
      if (next) next(message); else this.arrived.push(message);
    });
    this.call.on('error', () => {});
    this.ended = new Promise(resolve => this.call.on('status', resolve));
    this.headers = new Promise(resolve => this.call.on('metadata', resolve));
  }

  next() {
    const answer = this.arrived.length > 0 ? Promise.resolve(this.arrived.shift()) : new Promise(resolve => this.waiting.push(resolve));
    return Promise.race([answer, this.ended.then(end => assert.fail(`ended with ${JSON.stringify(end)}`))]);
  }

  // As a node without a listener: payload flows both ways.
  async connect() {
    this.call.write({ connect_request: { client_connection: { member_id: id } } });
    assert.ok((await this.next()).connect_response.member_id.length > 0);
    return this;
  }

  ask(...texts) {
    this.call.write({
      message_batch: {
        type_names: ['google.protobuf.StringValue'],
        targets: [Buffer.from('echo')],
        senders: [{ Address: `$client/${id}`, Id: 'asker' }],
        envelopes: texts.map(text => ({ message_data: pack(text), sender: 1 })),
      },
    });
  }

  async answers(count) {
    const texts = [];
    while (texts.length < count) {
      const { message_batch: batch } = await this.next();
      for (const envelope of batch.envelopes) texts.push(unpack(envelope.message_data));
    }
    return texts;
  }
}

const payloads = [27182, 8, 1828, 45904, 0, 1 << 20].map(size => 'ü'.repeat(size / 2));
const binary = Buffer.from([0xab, 0xab, 0xab, 0x00, 0xff]);

function echoed() {
  const metadata = new grpc.Metadata();
  metadata.set('x-echo', 'test value');
  metadata.set('x-echo-bin', binary);
  return metadata;
}

const scenarios = {
  async unary() {
    const { answer } = await unary('ListProcesses', { pattern: 'echo', type: 'MatchExactString' });
    assert.deepStrictEqual(answer.pids.map(pid => [pid.Address, pid.Id]), [[address, 'echo']]);
    const { answer: about } = await unary('GetProcessDiagnostics', { pid: { Address: address, Id: 'echo' } });
    assert.ok(about.diagnostics_string.length > 0);
  },

  async unary_status() {
    await fails(unary('ListProcesses', { pattern: '100% ☺ \u{1F608} [', type: 'MatchRegex' }), status.INVALID_ARGUMENT, '100% ☺ \u{1F608} [');
    await fails(unary('GetProcessDiagnostics', { pid: { Address: address, Id: 'Jürgen' } }), status.NOT_FOUND, 'Jürgen');
    await fails(unary('ListProcesses', { pattern: 'x'.repeat(271828) }), status.INVALID_ARGUMENT, '271828');
  },

  async stream() {
    const stream = await new Stream().connect();
    for (const payload of payloads) {
      stream.ask(payload);
      assert.deepStrictEqual(await stream.answers(1), [payload]);
    }
    const texts = Array.from({ length: 1000 }, (_, i) => `number ${i}`);
    for (let i = 0; i < texts.length; i += 100) stream.ask(...texts.slice(i, i + 100));
    assert.deepStrictEqual(await stream.answers(texts.length), texts);
    stream.call.end();
    assert.strictEqual((await stream.ended).code, status.OK);
  },

  async empty_stream() {
    const stream = new Stream();
    stream.call.end();
    assert.strictEqual((await stream.ended).code, status.FAILED_PRECONDITION);
  },

  async deadline() {
    const stream = new Stream(undefined, { deadline: Date.now() + 500 });
    stream.call.write({ connect_request: { client_connection: { member_id: id } } });
    assert.strictEqual((await stream.ended).code, status.DEADLINE_EXCEEDED);
  },

  async cancel_after_begin() {
    const stream = new Stream();
    setImmediate(() => stream.call.cancel());
    assert.strictEqual((await stream.ended).code, status.CANCELLED);
  },

  async cancel_after_answer() {
    const stream = await new Stream().connect();
    stream.call.cancel();
    assert.strictEqual((await stream.ended).code, status.CANCELLED);
  },

  async metadata() {
    const { headers, status: end } = await unary('ListProcesses', { pattern: 'echo' }, echoed());
    assert.deepStrictEqual(headers.get('x-echo'), ['test value']);
    assert.deepStrictEqual(end.metadata.get('x-echo-bin'), [binary]);

    const stream = await new Stream(echoed()).connect();
    assert.deepStrictEqual((await stream.headers).get('x-echo'), ['test value']);
    stream.call.end();
    assert.deepStrictEqual((await stream.ended).metadata.get('x-echo-bin'), [binary]);
  },

  // grpc-js sends no such metadata; a client that does must not hurt itself, nor anybody else on its connection.
  async non_ascii_metadata() {
    const session = http2.connect(`http://${address}`);
    const ask = headers => new Promise((resolve, reject) => {
      const request = session.request({
        ':method': 'POST', ':path': '/remote.Remoting/ListProcesses', 'content-type': 'application/grpc', te: 'trailers', ...headers,
      });
      let code;
      request.on('response', answer => { code = answer['grpc-status']; });
      request.on('trailers', trailers => { code = trailers['grpc-status']; });
      request.on('error', reject);
      request.on('close', () => resolve(code));
      request.resume();
      request.end(Buffer.alloc(5));
    });
    assert.strictEqual(await ask({ 'x-echo-name': Buffer.from('Jürgen').toString('latin1') }), '0');
    assert.strictEqual(await ask({}), '0');
    session.close();
  },

  async unimplemented_method() {
    const { path, requestSerialize, responseDeserialize } = Remoting.service.ListProcesses;
    await fails(
      new Promise((resolve, reject) => client.makeUnaryRequest(
        path.replace('ListProcesses', 'Missing'), requestSerialize, responseDeserialize, {}, (error, answer) => error ? reject(error) : resolve(answer))),
      status.UNIMPLEMENTED);
  },

  async unimplemented_service() {
    const { requestSerialize, responseDeserialize } = Remoting.service.ListProcesses;
    await fails(
      new Promise((resolve, reject) => client.makeUnaryRequest(
        '/remote.Absent/ListProcesses', requestSerialize, responseDeserialize, {}, (error, answer) => error ? reject(error) : resolve(answer))),
      status.UNIMPLEMENTED);
  },

  // As a tool that lists what a server has: the services, and where one of ours is described, its methods.
  async reflection() {
    const tool = new ServerReflection(address, credentials);
    const call = tool.ServerReflectionInfo();
    const ask = request => new Promise((resolve, reject) => {
      call.once('data', resolve);
      call.once('error', reject);
      call.write(request);
    });
    const { list_services_response: list } = await ask({ list_services: '*' });
    assert.ok(list.service.some(service => service.name === 'remote.Remoting'), JSON.stringify(list));
    const { file_descriptor_response: files } = await ask({ file_containing_symbol: 'remote.Remoting' });
    const text = Buffer.concat(files.file_descriptor_proto).toString('latin1');
    for (const method of ['Receive', 'ListProcesses', 'GetProcessDiagnostics']) assert.ok(text.includes(method), method);
    call.end();
    tool.close();
  },

  // As a probe of a cluster manager, until the node shuts down: it says so, or ends the call.
  async health() {
    const probe = new Health(address, credentials);
    const check = service => new Promise((resolve, reject) => probe.Check({ service }, (error, answer) => error ? reject(error) : resolve(answer.status)));
    assert.strictEqual(await check(''), 'SERVING');
    assert.strictEqual(await check('remote.Remoting'), 'SERVING');
    await fails(check('remote.Absent'), status.NOT_FOUND);

    const watch = probe.Watch({ service: '' });
    const seen = [];
    const ended = new Promise(resolve => watch.on('status', resolve));
    watch.on('error', () => {});
    watch.on('data', answer => {
      seen.push(answer.status);
      if (seen.length === 1) console.log(`watching ${answer.status}`);
    });
    const end = await ended;
    assert.notStrictEqual(end.code, status.OK);
    assert.ok(['SERVING', 'SERVING,NOT_SERVING'].includes(seen.join()), seen.join());
    await check('').then(
      answer => assert.strictEqual(answer, 'NOT_SERVING'),
      error => assert.strictEqual(error.code, status.UNAVAILABLE, error.stack));
    probe.close();
  },

  // Nothing is inflated here: what is compressed is refused, with what would have been taken.
  async compressed_request() {
    const squeezing = new Remoting(address, credentials, { 'grpc.default_compression_algorithm': 2 });
    await fails(
      new Promise((resolve, reject) => squeezing.ListProcesses({ pattern: 'x'.repeat(1000) }, (error, answer) => error ? reject(error) : resolve(answer))),
      status.UNIMPLEMENTED);
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
