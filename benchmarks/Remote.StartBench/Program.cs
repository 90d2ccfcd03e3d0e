using System.Diagnostics;
using Remote.StartBench;

// First of all: until this moment everything was the runtime's.
var main = Stopwatch.GetTimestamp();
return args switch
{
    [Roles.FirstReply, var socket] => await FirstReply.RunAsync(main, socket),
    [Roles.Configured] => await Configured.RunAsync(),
    [Roles.Nothing] => Nothing.Run(main),
    [Roles.Server, var socket] => await ReplyServer.RunAsync(socket),
    _ => await new CommandLine(Console.Out, Console.Error).InvokeAsync(args),
};
