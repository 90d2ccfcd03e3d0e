// node server.js MODE [ARGUMENTS]: listens on a free port of loopback, prints "listening on ADDRESS", and ends when its input does.
//   echo                  accepts streams and sends each message back to its sender, or counts it when nobody is to be answered
//   hold                  the same, and leaves a stream open whose caller has half-closed it
//   status CODE MESSAGE   ends each call so
//   silent                answers nothing
//   no-methods            has the service and none of its methods
//   no-service            has another service
'use strict';

const { grpc, Remoting, say, unpack } = require('./peer');

const [mode, code, message] = process.argv.slice(2);

function sayMetadata(call) {
  const values = Object.entries(call.metadata.getMap()).filter(([key]) => key.startsWith('x-'));
  say('metadata', Object.fromEntries(values.map(([key, value]) => [key, Buffer.isBuffer(value) ? value.toString('base64') : value])));
}

// Back to the sender, by the place of its PID in the table.
function echo(batch) {
  return {
    message_batch: {
      type_names: batch.type_names,
      targets: batch.senders.map(pid => Buffer.from(pid.Id)),
      envelopes: batch.envelopes.map(envelope => ({
        type_id: envelope.type_id || 0,
        message_data: envelope.message_data || Buffer.alloc(0),
        target: envelope.sender - 1,
        target_request_id: envelope.sender_request_id || 0,
        serializer_id: envelope.serializer_id || 0,
      })),
    },
  };
}

function accept(call) {
  let count = 0;
  sayMetadata(call);
  call.on('data', ({ connect_request: request, message_batch: batch }) => {
    if (request) {
      call.write({ connect_response: { member_id: 'grpc-js' } });
    } else if (batch.senders && batch.senders.length > 0) {
      call.write(echo(batch));
    } else {
      for (const envelope of batch.envelopes) {
        const text = unpack(envelope.message_data);
        if (text === 'last') say('received', count);
        else if (text.startsWith(`${count} `)) count++;
        else say('disorder', [count, text]);
      }
    }
  });
  call.on('end', () => {
    say('half-closed');
    if (mode !== 'hold') call.end();
  });
}

function serve(call) {
  call.on('cancelled', () => say('cancelled'));
  call.on('error', () => {});
  if (mode === 'echo' || mode === 'hold') accept(call);
  else if (mode === 'status') call.emit('error', { code: Number(code), details: message });
  else call.resume();
}

const methods = {
  Receive: serve,
  ListProcesses: (call, callback) => {
    sayMetadata(call);
    if (mode === 'status') callback({ code: Number(code), details: message });
    else if (mode === 'echo') callback(null, { pids: [{ Address: '10.0.0.9:4000', Id: call.request.pattern }] });
  },
};

const server = new grpc.Server();
if (mode !== 'no-service') server.addService(Remoting.service, mode === 'no-methods' ? {} : methods);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${port}`);
});
process.stdin.resume();
process.stdin.on('end', () => { server.forceShutdown(); process.exit(0); });
