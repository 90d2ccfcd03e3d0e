using System.Runtime.Versioning;
using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>Whole nodes that listen on Unix sockets.</summary>
[UnsupportedOSPlatform("windows")]
[Trait("Behaviour", "O-08")]
public sealed class UnixSocketNodeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("remote-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task TwoNodes_OverUnixSockets_AskEachOtherAndWatch()
    {
        await using var here = await StartAsync("here.sock");
        await using var there = await StartAsync("there.sock");
        here.SpawnEcho();
        var echo = there.SpawnEcho();

        Assert.Equal($"unix://{Path.Combine(_directory, "here.sock")}", here.Address);
        Assert.Equal("re:one", await here.AskAsync(there.Pid("echo"), "one"));
        Assert.Equal("re:two", await there.AskAsync(here.Pid("echo"), "two"));

        here.Spawn("watcher", context =>
        {
            if (context.Message is StringValue)
            {
                context.Watch(there.Pid("echo"));
            }
        });
        here.Root.Send(here.Pid("watcher"), new StringValue());
        await here.NextReceiptAsync("watcher");
        Assert.Equal("re:three", await here.AskAsync(there.Pid("echo"), "three"));
        await there.Root.StopAsync(echo).Within("the end of the actor");
        await here.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated);
        Assert.DoesNotContain(here.Log.Lines, line => line.Event.Name == nameof(RemoteLog.SocketDirectoryOpen));
    }

    [Fact]
    public async Task Node_InADirectoryThatEverybodyMayWrite_SaysSoAtItsStart()
    {
        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_111_111);
        await using var node = await StartAsync("node.sock");

        var line = await node.Log.NextAsync(nameof(RemoteLog.SocketDirectoryOpen));
        Assert.Contains(_directory, line.Text, StringComparison.Ordinal);
        Assert.Contains(nameof(RemoteOptions.UnixSocketPath), line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondNode_OnTheSamePath_IsTurnedAwayAndNamesIt()
    {
        await using var first = await StartAsync("node.sock");

        var failure = await Assert.ThrowsAsync<RemoteException>(() => StartAsync("node.sock"));

        Assert.Equal((RemoteError.BindFailed, Path.Combine(_directory, "node.sock")), (failure.Error, failure.Address));
        Assert.Contains("is in use", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unix://@name", "abstract socket")]
    [InlineData("unix:///a/very/long/way/that/leads/nowhere/because/there/is/no/room/for/it/in/the/structure/that/the/kernel/keeps/for/names", "107")]
    public async Task Send_ToAPathThatCannotBe_IsADeadLetterAndTheLogSaysWhy(string address, string reason)
    {
        await using var node = await TestNode.StartAsync();
        node.Root.Send(new PID(address, "x"), new StringValue { Value = "lost" });

        Assert.Contains(reason, (await node.Log.NextAsync("AddressRefused")).Text, StringComparison.Ordinal);
        Assert.Equal(DeadLetterReason.InvalidAddress, (await node.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
    }

    private Task<TestNode> StartAsync(string name) => TestNode.StartAsync(options => options.UnixSocketPath = Path.Combine(_directory, name));
}
