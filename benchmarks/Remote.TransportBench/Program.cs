using Remote.TransportBench;

return args switch
{
    [Peer.Role, var side] => await Peer.RunAsync(Enum.Parse<Side>(side)),
    _ => await new CommandLine(Console.Out, Console.Error).InvokeAsync(args),
};
