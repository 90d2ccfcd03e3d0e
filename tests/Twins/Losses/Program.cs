using Twins.Losses;

// Each reproduces something that Proto.Remote 1.8.0 does badly, and prints what was sent, what arrived and what was reported.
Func<Task>? run = args switch
{
    ["unserializable"] => Unserializable.RunAsync,
    ["lost-node"] => LostNode.RunAsync,
    ["cut"] => CutConnection.RunAsync,
    ["stopped-reader"] => StoppedReader.RunAsync,
    [ReceiverProcess.Argument] => ReceiverProcess.BeAsync,
    _ => null,
};
if (run is null)
{
    await Console.Error.WriteLineAsync("usage: Losses unserializable|lost-node|cut|stopped-reader");
    return 2;
}

await run();
return 0;
