using Examples;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote;
using Process = System.Diagnostics.Process;

namespace EchoNode;

/// <summary>Starts this program once more as a node, talks to it as a peer, and stops it with SIGTERM.</summary>
internal static class SelfCheck
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    /// <exception cref="ProcessLostException">The node has ended before its time.</exception>
    /// <exception cref="InvalidOperationException">The check failed.</exception>
    public static async Task RunAsync(TextWriter output, CancellationToken cancellation)
    {
        await using var node = ChildProcess.Start("the node", readsErrors: false, cancellation);
        var address = await node.ReadAfterAsync(Node.ReadyPrefix);
        await output.WriteLineAsync($"the node is process {node.Id}, listening on {address}");
        await node.DuringAsync(TalkAsync(address));
        await TerminateAsync(node.Id);
        await node.Ended.WaitAsync(Ceiling, cancellation);
        if (node.ExitCode != ExitCode.Right)
        {
            throw new InvalidOperationException($"the check failed: {node} ended with exit code {node.ExitCode} when it was told to leave");
        }

        await output.WriteLineAsync($"echoed by {address}, which ended with exit code {node.ExitCode}");
    }

    private static async Task<int> TalkAsync(string address)
    {
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(EchoMessages.All));
        await using var remote = system.ReliableRemote();
        await remote.StartAsync();
        var spawned = await remote.SpawnAsync(address, EchoActor.Name).WaitAsync(Ceiling);
        PID[] targets = [PID.FromAddress(address, EchoActor.Name), spawned];
        foreach (var target in targets)
        {
            var sent = new StringValue { Value = $"to {target.Id}" };
            var answer = await system.Root.RequestAsync<StringValue>(target, sent, Ceiling);
            if (!sent.Equals(answer))
            {
                throw new InvalidOperationException($"the check failed: '{answer.Value}' came back instead of '{sent.Value}'");
            }
        }

        return targets.Length;
    }

    // .NET has no call that sends another process a signal of choice.
    private static async Task TerminateAsync(int node)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {node}"]);
        await kill.WaitForExitAsync();
    }
}
