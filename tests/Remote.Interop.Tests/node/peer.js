// The service of peer.proto as grpc-js sees it.
'use strict';

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const definition = loader.loadSync(path.join(__dirname, '..', 'peer.proto'), { keepCase: true, defaults: true });
const { Peer, Absent } = grpc.loadPackageDefinition(definition).remote.interop;

const limits = { 'grpc.max_receive_message_length': 16 << 20, 'grpc.max_send_message_length': 16 << 20 };

module.exports = { grpc, Peer, Absent, limits };
