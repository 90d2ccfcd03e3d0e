using Grpc.Net.Client;
using Proto;
using Proto.Remote;

namespace Remote.EndToEnd.Tests;

/// <summary>The diagnostic calls of Proto.Remote's generated client, to a node of ours and to one of theirs.</summary>
[Trait("Behaviour", "D-03")]
public sealed class MixedDiagnosticsTests
{
    [Fact]
    public async Task ListAndReport_OfBoth_NameTheirActors()
    {
        await using var pair = await MixedPair.StartAsync(MixedPair.BothListen);

        foreach (var address in new[] { pair.Theirs.Address, pair.Ours.Remote.Address })
        {
            using var channel = GrpcChannel.ForAddress($"http://{address}");
            var client = new Remoting.RemotingClient(channel);
            var deadline = DateTime.UtcNow + Waiting.Ceiling;

            var found = await client.ListProcessesAsync(
                new ListProcessesRequest { Pattern = "ECH", Type = ListProcessesMatchType.MatchPartOfString }, deadline: deadline);
            var report = await client.GetProcessDiagnosticsAsync(
                new GetProcessDiagnosticsRequest { Pid = new PID(address, "echo") }, deadline: deadline);

            Assert.Equal(new PID(address, "echo"), Assert.Single(found.Pids));
            Assert.NotEmpty(report.DiagnosticsString);
        }
    }
}
