using System.Runtime.InteropServices;
using Proto;
using Proto.Cluster;

namespace OrderCluster;

/// <summary>A member on which customers live. It leaves when its standard input ends, so that none outlives the desk, not even one that was killed.</summary>
internal static class MemberProgram
{
    public static async Task<int> RunAsync(MemberPlan plan)
    {
        // A terminal sends Ctrl+C to every process of the program, and the desk ends its members itself.
        using var ignored = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
        var customers = new ClusterKind(CustomerActor.Kind, Props.FromProducer(() => new CustomerActor(plan.Ledgers)));
        await using var node = await ClusterNode.JoinAsync(plan, customers);
        Console.WriteLine(MemberPlan.ReadyPrefix + node.Address);
        while (await Console.In.ReadLineAsync() is not null)
        {
            // Nothing is asked of it here.
        }

        return ExitCode.Good;
    }
}
