using System.CommandLine;
using System.CommandLine.Help;

namespace Remote.Cli;

/// <summary>All commands of the tool.</summary>
internal static class CommandLine
{
    /// <summary>The name that people type; that of the program is another one.</summary>
    public const string Name = "remote";

    public static Command Root(CommandHost host)
    {
        // A RootCommand would call itself by the file of the program.
        var root = new Command(Name, "Looks into running nodes of Remote: who is connected, what waits, what is lost, and what is wrong.")
        {
            new HelpOption(),
            new VersionOption(),
        };
        foreach (var option in host.Options.All)
        {
            root.Options.Add(option);
        }

        root.Add(PingCommand.Create(host));
        root.Add(PsCommand.Create(host));
        root.Add(InspectCommand.Create(host));
        root.Add(EndpointsCommand.Create(host));
        root.Add(ClusterCommand.Create(host));
        root.Add(BlockingCommands.CreateBlock(host));
        root.Add(BlockingCommands.CreateUnblock(host));
        root.Add(TailCommand.Create(host));
        root.Add(DoctorCommand.Create(host));
        root.Add(TopCommand.Create(host));
        root.Add(BenchCommand.Create(host));
        return root;
    }
}
