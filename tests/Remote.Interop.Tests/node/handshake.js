// A node of the remoting protocol as far as the handshake, on grpc-js and the base protocol: the fields that a Proto.Actor node knows.
//   node handshake.js dial ADDRESS SYSTEM_ID OWN_ADDRESS   opens a stream, prints the answer and how it ends
//   node handshake.js accept SYSTEM_ID [blocked]           listens, prints each ConnectRequest, accepts it or says that it is blocked
'use strict';

const { grpc, Remoting, say } = require('./peer');

const [role, ...rest] = process.argv.slice(2);

function dial(address, memberId, ownAddress) {
  const client = new Remoting(address, grpc.credentials.createInsecure());
  const call = client.Receive();
  call.on('data', message => {
    say('answer', message);
    call.end();
  });
  call.on('error', () => {});
  call.on('status', end => {
    say('status', end.code);
    client.close();
  });
  call.write({ connect_request: { server_connection: { member_id: memberId, address: ownAddress } } });
}

function accept(memberId, blocked) {
  const server = new grpc.Server();
  server.addService(Remoting.service, {
    Receive: call => {
      call.on('data', message => {
        if (!message.connect_request) return;
        const { member_id, address, block_list } = message.connect_request.server_connection;
        say('request', { member_id, address, block_list });
        call.write({ connect_response: { member_id: memberId, blocked: blocked === 'blocked' } });
        if (blocked) call.end();
      });
      call.on('end', () => call.end());
      call.on('error', () => {});
    },
    ListProcesses: (call, callback) => callback({ code: grpc.status.UNIMPLEMENTED }),
    GetProcessDiagnostics: (call, callback) => callback({ code: grpc.status.UNIMPLEMENTED }),
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    console.log(`listening on 127.0.0.1:${port}`);
  });
  process.stdin.resume();
  process.stdin.on('end', () => { server.forceShutdown(); process.exit(0); });
}

({ dial, accept })[role](...rest);
