using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Proto;
using Proto.Remote;
using Remote.ProtoPeer;

namespace Remote.EndToEnd.Tests;

/// <summary>Messages, questions and spawned actors between a node of ours and one of Proto.Remote, whoever listens.</summary>
[Trait("Behaviour", "E-03")]
public sealed class MixedMessagesTests
{
    private const int Load = 5000;

    public static TheoryData<string> Roles => MixedPair.Roles;

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task Messages_BothWays_ArriveInOrder(string roles)
    {
        await using var pair = await MixedPair.StartAsync(roles);
        var record = pair.AtTheirs("record");

        for (var number = 1; number <= Load; number++)
        {
            pair.Ours.Root.Send(record, new Numbered { Number = number });
        }

        await pair.Theirs.TellAsync($"send {pair.AtOurs("record")} count={Load}");

        // Behind the load, so the answer counts all of it.
        Assert.Equal($"received={Load} last={Load} disordered=0", await pair.Ours.AskAsync(record, "what have you got?"));
        var received = await pair.Ours.Received.WaitForCountAsync<Numbered>(Load, Waiting.Ceiling);
        Assert.Equal(Enumerable.Range(1, Load).Select(number => (long)number), received.Select(numbered => numbered.Number));
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task JsonAndPriority_BothWays_Arrive(string roles)
    {
        await using var pair = await MixedPair.StartAsync(roles);

        Assert.Equal("a note", (await pair.Ours.Root.RequestAsync<Note>(pair.AtTheirs("echo"), new Note("a note"), Waiting.Ceiling)).Text);
        await pair.Theirs.TellAsync($"send {pair.AtOurs("record")} kind=json");
        Assert.Equal("note 1", (await pair.Ours.Received.NextAsync<Note>(ceiling: Waiting.Ceiling)).Text);
        var urgent = new UrgentAsk(new Ask { Text = "fire" });
        Assert.Equal("fire", (await pair.Ours.Root.RequestAsync<Answer>(pair.AtTheirs("echo"), urgent, Waiting.Ceiling)).Text);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("Behaviour", "S-01")]
    public async Task Spawn_BothWays_GivesAnActorThatAnswers(string roles)
    {
        await using var pair = await MixedPair.StartAsync(roles);

        var (ours, theirs) = (pair.Ours.Remote, pair.Theirs);

        var spawned = await ours.SpawnNamedAsync(theirs.Address, "mine", "echo").Within("our spawn");
        Assert.Equal("hello", await pair.Ours.AskAsync(spawned, "hello"));
        var taken = await Assert.ThrowsAsync<RemoteException>(() => ours.SpawnNamedAsync(theirs.Address, "mine", "echo"));
        Assert.Equal((RemoteError.NameExists, "mine"), (taken.Error, taken.Pid?.Id));

        var spawn = $"spawn-remote address={ours.Address} kind=echo id=yours";
        Assert.Equal($"OK {ours.Address}/yours", await theirs.TellAsync(spawn));
        Assert.Equal("ok hello", await theirs.GreetAsync(pair.AtOurs("yours")));
        Assert.StartsWith("ProcessNameAlreadyExist ", await theirs.TellAsync(spawn), StringComparison.Ordinal);
    }

    /// <summary>Theirs never answers that, ours does at once.</summary>
    [Fact]
    [Trait("Behaviour", "S-01")]
    public async Task SpawnOfAnUnknownKind_BothWays_IsAnError()
    {
        await using var theirs = await ProtoPeerProcess.StartAsync("server");
        await using var ours = await OwnNode.StartAsync(change: options => options.RequestTimeout = TimeSpan.FromMilliseconds(200));

        var failure = await Assert.ThrowsAsync<RemoteException>(() => ours.Remote.SpawnAsync(theirs.Address, "nothing"));
        Assert.Equal(RemoteError.Timeout, failure.Error);
        Assert.Equal("Error", await theirs.TellAsync($"spawn-remote address={ours.Remote.Address} kind=nothing timeout=60000"));
    }

    /// <summary>Nobody listens there yet, so all of it waits; theirs says in which order it came, because the actor is not there.</summary>
    [Fact]
    [Trait("Behaviour", "K-03")]
    public async Task PriorityMessage_SentAfterOthers_ArrivesBeforeThem()
    {
        await using var ours = await OwnNode.StartAsync(change: options => options.Reconnect.MaxAttempts = 0);
        var port = FreePort();
        var nobody = new PID($"{RemoteConfig.Localhost}:{port}", "nobody");
        for (var number = 1; number <= 10; number++)
        {
            ours.Root.Send(nobody, new Numbered { Number = number });
        }

        ours.Root.Send(nobody, new UrgentAsk(new Ask()));
        await using var theirs = await ProtoPeerProcess.StartAsync("server", $"port={port}");

        Assert.Equal($"{nobody} Ask", await theirs.NextAsync("dead-letter "));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A question that may not wait; on the wire it is a question.</summary>
    private sealed class UrgentAsk(Ask ask) : IBufferMessage, IRemotePriorityMessage
    {
        MessageDescriptor IMessage.Descriptor => Ask.Descriptor;

        public int CalculateSize() => ask.CalculateSize();

        public void MergeFrom(CodedInputStream input) => ask.MergeFrom(input);

        public void WriteTo(CodedOutputStream output) => ask.WriteTo(output);

        public void InternalMergeFrom(ref ParseContext context) => ((IBufferMessage)ask).InternalMergeFrom(ref context);

        public void InternalWriteTo(ref WriteContext context) => ((IBufferMessage)ask).InternalWriteTo(ref context);
    }
}
