using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Handshakes and batches of links that are refused, each with the status that tells the dialler what to do about it.</summary>
[Trait("Behaviour", "R-05")]
public sealed class LinkRefusalTests : DisposedAfterTest
{
    private const string Peer = "0123456789abcdef0123456789abcdef";
    private const string Other = "f00df00df00df00df00df00df00df00d";

    private readonly InMemoryNetwork _network = new();
    private readonly LinkId _link = LinkId.Create();

    [Fact]
    public async Task AttemptThatIsNotLater_IsAborted()
    {
        await using var node = await TestNode.StartAsync(network: _network);
        await using var present = await OpenAsync(node.Address, Peer, _link, attempt: 5);

        await ExpectAsync(StatusCode.Aborted, node.Address, Peer, _link, attempt: 5);
        await ExpectAsync(StatusCode.Aborted, node.Address, Peer, _link, attempt: 4);

        await AssertOpenAsync(present, node);
    }

    [Fact]
    public async Task LinkOfAnotherSystem_IsDenied()
    {
        await using var node = await TestNode.StartAsync(network: _network);
        await using var present = await OpenAsync(node.Address, Peer, _link);

        await ExpectAsync(StatusCode.PermissionDenied, node.Address, Other, _link, attempt: 2);

        await AssertOpenAsync(present, node);
    }

    [Fact]
    public async Task AnotherLinkOfASystemWhoseLinkHasAStream_ExistsAlready()
    {
        await using var node = await TestNode.StartAsync(network: _network);
        await using var present = await OpenAsync(node.Address, Peer, _link);

        await ExpectAsync(StatusCode.AlreadyExists, node.Address, Peer, LinkId.Create());

        await AssertOpenAsync(present, node);
    }

    [Fact]
    public async Task MoreLinksOfASystemThanAreKept_AreTooMany()
    {
        var most = new LinkTableLimits(default).PerSystem;
        await using var node = await TestNode.StartAsync(network: _network);

        // One link for each name by which the node is reached.
        for (var i = 0; i <= most; i++)
        {
            _network.AddName(Name(i), node.Address);
        }

        List<PlayedDialler> present = [];
        for (var i = 0; i < most; i++)
        {
            present.Add(await OpenAsync(Name(i), Peer, LinkId.Create()));
        }

        await ExpectAsync(StatusCode.ResourceExhausted, Name(most), Peer, LinkId.Create());

        // A limit of one system is none of another.
        await using var other = await OpenAsync(Name(most), Other, LinkId.Create());
        foreach (var dialler in present)
        {
            await dialler.DisposeAsync();
        }
    }

    [Fact]
    [Trait("Behaviour", "B-05")]
    public async Task MoreThanTheCredit_EndsTheStream()
    {
        const int Credit = 100;
        var mayGoOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await TestNode.StartAsync(options => options.Inbound.MaxMessages = Credit, network: _network);
        node.Spawn("slow", _ => mayGoOn.Task);
        await using var dialler = await OpenAsync(node.Address, Peer, _link);
        var batch = new Wire.MessageBatch { Sequence = 1, TypeNames = { "google.protobuf.Empty" }, Targets = { ByteString.CopyFromUtf8("slow") } };
        batch.Envelopes.AddRange(Enumerable.Range(0, Credit + 2).Select(_ => new Wire.MessageEnvelope { MessageData = ByteString.Empty }));

        await dialler.SendAsync(new Wire.RemoteMessage { MessageBatch = batch });

        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await dialler.ReadAsync() is not null)
            {
                // Acknowledgements, if there are any.
            }
        });
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        await node.Log.NextAsync("ProtocolViolation");
        mayGoOn.SetResult();
    }

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    private static string Name(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"name{number}:1");

    /// <summary>The stream that owns the link is none the worse for it.</summary>
    private static async Task AssertOpenAsync(PlayedDialler present, TestNode node)
    {
        node.Spawn("sink");
        var batch = PlayedDialler.Batch("sink", new StringValue { Value = "still here" });
        batch.MessageBatch.Sequence = 1;
        await present.SendAsync(batch);
        Assert.Equal("still here", ((StringValue)(await node.NextReceiptAsync("sink")).Message).Value);
    }

    private async Task ExpectAsync(StatusCode code, string address, string system, LinkId link, ulong attempt = 1)
    {
        await using var dialler = await DialAsync(address, system, link, attempt);
        var refusal = await Assert.ThrowsAsync<RpcException>(dialler.ReadAsync);
        Assert.Equal(code, refusal.StatusCode);
    }

    private async Task<PlayedDialler> OpenAsync(string address, string system, LinkId link, ulong attempt = 1)
    {
        var dialler = await DialAsync(address, system, link, attempt);
        Assert.Equal(Wire.LinkStatus.LinkNew, (await dialler.ReadAsync())!.ConnectResponse.LinkStatus);
        return dialler;
    }

    private async Task<PlayedDialler> DialAsync(string address, string system, LinkId link, ulong attempt)
    {
        var dialler = await PlayedDialler.DialAsync(_network, address);
        var offer = new LinkOffer(link, attempt, Established: false, ExpectedSystemId: null, LinkLimits.None);
        await dialler.Call.WriteAsync(Handshake.Request(system, $"{system}:1", CapabilityNames.All, offer)).AsTask().Within("a handshake");
        return dialler;
    }
}
