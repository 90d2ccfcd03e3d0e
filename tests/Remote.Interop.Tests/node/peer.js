// The service remote.Remoting as grpc-js sees it: the fields of protos/remote.proto, and nothing of ours beside them.
'use strict';

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const protos = path.join(__dirname, '..', '..', '..', 'protos');
const definition = loader.loadSync('remote.proto', { includeDirs: [protos], keepCase: true, defaults: false });
const reflection = loader.loadSync(path.join(__dirname, 'reflection.proto'), { keepCase: true, defaults: false });
const health = loader.loadSync(path.join(__dirname, 'health.proto'), { keepCase: true, enums: String });
const { Health } = grpc.loadPackageDefinition(health).grpc.health.v1;
const { ServerReflection } = grpc.loadPackageDefinition(reflection).grpc.reflection.v1alpha;
const { Remoting } = grpc.loadPackageDefinition(definition).remote;

const say = (what, value) => console.log(value === undefined ? what : `${what} ${JSON.stringify(value)}`);

// A google.protobuf.StringValue: its one field, and back.
function pack(text) {
  const bytes = Buffer.from(text);
  const length = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
    if (rest < 0x80) break;
  }
  return bytes.length === 0 ? bytes : Buffer.concat([Buffer.from([0x0a, ...length]), bytes]);
}

function unpack(data = Buffer.alloc(0)) {
  let position = 1;
  while (data[position++] >= 0x80);
  return data.length === 0 ? '' : data.subarray(position).toString();
}

module.exports = { grpc, Remoting, Health, ServerReflection, say, pack, unpack };
