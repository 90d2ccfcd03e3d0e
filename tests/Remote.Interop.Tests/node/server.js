// Serves peer.proto on a free port of loopback, prints "listening on ADDRESS", and ends when its input does.
'use strict';

const { grpc, Peer, limits } = require('./peer');

// Metadata named x-echo comes back as a header, x-echo-bin as a trailer.
function echoMetadata(call) {
  const headers = new grpc.Metadata();
  const trailers = new grpc.Metadata();
  for (const value of call.metadata.get('x-echo')) headers.add('x-echo', value);
  for (const value of call.metadata.get('x-echo-bin')) trailers.add('x-echo-bin', value);
  call.sendMetadata(headers);
  return trailers;
}

function failure(ask, trailers) {
  return ask.code === 0 ? null : { code: ask.code, details: ask.message, metadata: trailers };
}

function answers(ask) {
  return ask.sizes.map(size => ({ payload: Buffer.alloc(size) }));
}

const server = new grpc.Server(limits);
server.addService(Peer.service, {
  Nothing: (call, callback) => callback(null, {}),

  Unary: (call, callback) => {
    const trailers = echoMetadata(call);
    const error = failure(call.request, trailers);
    if (error) return callback(error);
    const size = call.request.sizes[0] || 0;
    callback(null, { payload: size ? Buffer.alloc(size) : call.request.payload }, trailers);
  },

  Upload: (call, callback) => {
    let bytes = 0;
    call.on('data', ask => { bytes += ask.payload.length; });
    call.on('end', () => callback(null, { bytes }));
    call.on('error', () => {});
  },

  Download: call => {
    for (const answer of answers(call.request)) call.write(answer);
    call.end();
  },

  Chat: call => {
    const trailers = echoMetadata(call);
    call.on('data', ask => {
      const error = failure(ask, trailers);
      if (error) return call.emit('error', error);
      for (const answer of answers(ask)) call.write(answer);
    });
    call.on('end', () => call.end(trailers));
    call.on('error', () => {});
  },
});

server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${port}`);
});

process.stdin.resume();
process.stdin.on('end', () => { server.forceShutdown(); process.exit(0); });
