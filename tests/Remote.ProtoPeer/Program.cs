using Remote.ProtoPeer;

// Usage: Remote.ProtoPeer server|client [host=] [port=] [advertised-host=] [advertised-port=] [retries=] [delay=]
//
//   id                                                the member id of this node
//   spawn id= kind=echo|record|slow [delay=ms]        an actor here; the three are also kinds for others
//   stop id=                                          stops an actor here
//   count id=                                         what a record or slow actor here has received
//   send address= id= [count=] [kind=numbered|json|unknown] [size=]
//   request address= id= text= [timeout=ms]           the text of the answer
//   spawn-remote address= kind= [id=] [timeout=ms]    status and PID
//   watch address= id=  /  unwatch address= id=
//   block id=  /  blocked                             member ids
//   exit                                              leaves in good order, as at the end of the input
//
// Answers: 'ok ...' or 'error <exception> ...'. In between: 'terminated <pid> <why>', 'dead-letter <pid> <type>',
// 'endpoint-terminated address= id= block=', 'member-blocked <id>'.
var announcer = new Announcer(Console.Out);
await using var node = await Node.StartAsync(Command.Parse(args), announcer);
while (await Console.In.ReadLineAsync() is { } line && line != "exit")
{
    try
    {
        announcer.Say($"ok {await node.ObeyAsync(Command.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))}".TrimEnd());
    }
    catch (Exception exception)
    {
        announcer.Say($"error {exception.GetType().Name} {exception.Message.ReplaceLineEndings(" ")}");
    }
}

announcer.Say("ok leaving");
