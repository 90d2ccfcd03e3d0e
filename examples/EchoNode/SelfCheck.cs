using System.Diagnostics;
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

    public static async Task<bool> RunAsync(TextWriter output, TextWriter errors)
    {
        using var node = Process.Start(StartInfo()) ?? throw new InvalidOperationException("No process was started.");
        try
        {
            var address = await ReadAddressAsync(node).WaitAsync(Ceiling);
            await TalkAsync(address);
            await TerminateAsync(node);
            await node.WaitForExitAsync().WaitAsync(Ceiling);
            await output.WriteLineAsync($"echoed by {address}, which ended with exit code {node.ExitCode}");
            return node.ExitCode == 0;
        }
        catch (Exception exception)
        {
            await errors.WriteLineAsync($"the check failed: {exception.Message}");
            node.Kill();
            return false;
        }
    }

    private static async Task TalkAsync(string address)
    {
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(EchoMessages.All));
        await using var remote = system.ReliableRemote();
        await remote.StartAsync();
        var spawned = await remote.SpawnAsync(address, EchoActor.Name).WaitAsync(Ceiling);
        foreach (var target in new[] { PID.FromAddress(address, EchoActor.Name), spawned })
        {
            var sent = new StringValue { Value = $"to {target.Id}" };
            var answer = await system.Root.RequestAsync<StringValue>(target, sent, Ceiling);
            if (!sent.Equals(answer))
            {
                throw new InvalidOperationException($"'{answer.Value}' came back instead of '{sent.Value}'");
            }
        }
    }

    private static async Task<string> ReadAddressAsync(Process node)
    {
        while (await node.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Node.ReadyPrefix, StringComparison.Ordinal))
            {
                return line[Node.ReadyPrefix.Length..];
            }
        }

        throw new InvalidOperationException("the node ended before it listened");
    }

    // .NET has no call that sends another process a signal of choice.
    private static async Task TerminateAsync(Process node)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {node.Id}"]);
        await kill.WaitForExitAsync();
    }

    private static ProcessStartInfo StartInfo()
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known.");
        // Started as `dotnet EchoNode.dll`, the program is the first argument.
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(SelfCheck).Assembly.Location] : [];
        return new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
    }
}
