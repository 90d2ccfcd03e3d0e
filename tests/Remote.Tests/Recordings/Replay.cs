using Grpc.Core;

namespace Remote.Tests;

/// <summary>
/// Replays a recorded conversation: our node takes the place of one of the nodes, the others are played. What is played follows the recording;
/// what our node does is compared with what the real node did, stream by stream and in order.
/// </summary>
/// <remarks>
/// The order of a recording is exact within a stream and direction, and only there. So a played message waits for everything earlier on its own
/// stream and for all earlier payload, and for nothing else; time plays no part. How messages were batched is not compared: that is timing.
/// </remarks>
internal sealed class Replay : IAsyncDisposable
{
    private readonly Conversation _recording;
    private readonly ReplayLog _log = new();
    private readonly ReplayExpectations _expectations;
    private readonly Dictionary<string, TestNode> _ours = [];
    private readonly Dictionary<string, ReplayPeer> _peers = [];
    private readonly List<ReplayPeer> _gone = [];
    private readonly Dictionary<string, (string Dialler, string Acceptor)> _ends = [];
    private readonly Dictionary<int, Func<Task>> _before = [];
    private readonly Dictionary<int, Func<Task>> _instead = [];
    private readonly List<string> _leftOut = [];
    private TestNode? _current;

    public Replay(string scenario)
    {
        _recording = Conversation.Load(scenario);
        _expectations = new ReplayExpectations(Names, _log);
    }

    public ReplayNames Names { get; } = new();

    public ReplayLog Log => _log;

    /// <summary>Puts a node of ours in the place of a recorded one. A second one follows the first in a later life.</summary>
    public Replay Play(string name, TestNode node)
    {
        var recorded = _recording.Node(name);
        _ours[name] = node;
        _current = node;
        Names.Add(recorded.Address, node.Address, isOurs: true);
        Names.Add(recorded.MemberId, node.SystemId, isOurs: false);
        return this;
    }

    /// <summary>Does something before a line is replayed, after all earlier payload has come.</summary>
    public Replay Before(int seq, Action act) => Before(seq, () =>
    {
        act();
        return Task.CompletedTask;
    });

    /// <inheritdoc cref="Before(int, Action)"/>
    public Replay Before(int seq, Func<Task> act)
    {
        _before.Add(seq, act);
        return this;
    }

    /// <summary>Departs from the recording at one line: does something else, or nothing.</summary>
    public Replay Instead(int seq, Difference why, Func<Task>? act = null)
    {
        _instead.Add(seq, act ?? (() => Task.CompletedTask));
        _log.Add($"departs at #{seq}: {why}");
        return this;
    }

    /// <summary>Departs from the recording by leaving out whole streams that our node has no reason to open.</summary>
    public Replay Without(Difference why, params string[] streams)
    {
        _leftOut.AddRange(streams);
        _log.Add($"departs by leaving out {string.Join(", ", streams)}: {why}");
        return this;
    }

    /// <summary>Where a node is now.</summary>
    public string AddressOf(string name) => _ours.TryGetValue(name, out var node) ? node.Address : _peers[name].Address;

    public ReplayPeer Peer(string name) => _peers[name];

    public Task<ReplayStream> StreamAsync(string name) => _expectations.StreamAsync(name);

    /// <summary>Expects what is not in the recording.</summary>
    public Task<Observed> NextAsync(string stream, string phase) => _expectations.NextAsync(stream, phase);

    /// <summary>Replays the conversation; fails with everything that was different.</summary>
    public async Task RunAsync()
    {
        FindEnds();
        try
        {
            foreach (var (entry, actsBefore) in ReplayOrder.Of(_recording, _ours.Keys, _ends, _leftOut))
            {
                await StepAsync(entry, actsBefore);
            }
        }
        catch (Exception exception) when (exception is ReplayException or TimeoutException or RpcException)
        {
            throw new ReplayException(string.Join("\n", [exception.Message, .. _expectations.Failures]) + $"\n{_recording.Scenario}:{_log}");
        }

        await _expectations.AllAsync();
    }

    /// <summary>Our node says goodbye; then nothing may be left that the real node did not say.</summary>
    public async Task FinishAsync()
    {
        var streams = _peers.Values.Concat(_gone).SelectMany(peer => peer.Streams).ToArray();
        var closing = streams.Select(CloseAsync).ToArray();
        await _current!.Remote.ShutdownAsync().Within("shutting down after the replay");
        foreach (var rest in await Task.WhenAll(closing).Within("the end of all streams"))
        {
            Assert.True(rest.Count == 0, $"Our node did more than the real one: {string.Join("; ", rest)}. All:{_log}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers.Values)
        {
            await peer.DisposeAsync();
        }
    }

    private static async Task<IReadOnlyList<Observed>> CloseAsync(ReplayStream stream)
    {
        List<Observed> rest = [];
        await foreach (var observed in stream.ToEndAsync())
        {
            if (observed is Observed.Envelope or Observed.Handshake)
            {
                rest.Add(observed);
            }
            else
            {
                // Asked to leave, or left: either way this end is done too.
                await stream.LeaveAsync();
            }
        }

        return rest;
    }

    /// <summary>Which node is at which end: by name, as two nodes may follow each other on one address.</summary>
    private void FindEnds()
    {
        Dictionary<string, string> byAddress = [];
        foreach (var node in _recording.Nodes)
        {
            byAddress.TryAdd(node.Address, node.Name);
        }

        foreach (var entry in _recording.Entries)
        {
            if (entry.Kind == RecordedKind.Node)
            {
                byAddress[entry.Address] = entry.Node;
            }
            else if (entry.Kind == RecordedKind.StreamOpen)
            {
                _ends[entry.Stream] = (entry.Node, byAddress.GetValueOrDefault(entry.Address, ""));
            }
        }
    }

    private async Task StepAsync(RecordedEntry entry, int actsBefore)
    {
        if (_before.Remove(actsBefore, out var act))
        {
            await _expectations.PayloadAsync();
            await act().Within($"what the test does before #{actsBefore}");
        }

        if (_instead.Remove(entry.Seq, out var instead))
        {
            await _expectations.EarlierOnAsync(entry.Stream);
            await instead().Within($"what the test does instead of #{entry.Seq}");
        }
        else if (entry.Kind == RecordedKind.Node)
        {
            await StartPeerAsync(entry);
        }
        else if (entry.Kind == RecordedKind.Note)
        {
            _expectations.Note(entry, _ours, AddressOfMember);
        }
        else if (_ends.TryGetValue(entry.Stream, out var ends))
        {
            await FollowAsync(entry, ends.Dialler, ends.Acceptor);
        }
    }

    private async Task StartPeerAsync(RecordedEntry entry)
    {
        if (_ours.ContainsKey(entry.Node))
        {
            return;
        }

        var node = _recording.Node(entry.Node);
        var former = _peers.Values.FirstOrDefault(peer => peer.Node.Address == node.Address);
        if (former is not null)
        {
            _gone.Add(former);
            await former.DisposeAsync();
        }

        var peer = await ReplayPeer.StartAsync(node, former?.Address, () => _current!.Address, _log);
        _peers[entry.Node] = peer;
        if (!node.IsClient)
        {
            Names.Add(node.Address, peer.Address, isOurs: false);
        }
    }

    private async Task FollowAsync(RecordedEntry entry, string dialler, string acceptor)
    {
        var diallerIsOurs = _ours.ContainsKey(dialler);
        var acceptorIsOurs = _ours.ContainsKey(acceptor);
        var byDialler = entry.Kind is RecordedKind.StreamOpen or RecordedKind.RequestComplete or RecordedKind.CallDisposed || entry.IsRequest;
        if (entry.Kind is RecordedKind.WriteFailed or RecordedKind.Other || (!diallerIsOurs && !acceptorIsOurs))
        {
            // Nothing reached anybody, or two played nodes talked to each other.
        }
        else if (byDialler ? diallerIsOurs : acceptorIsOurs)
        {
            _expectations.Expect(entry, entry.Kind == RecordedKind.StreamOpen ? _peers[acceptor] : null, AddressOfMember(byDialler ? dialler : acceptor), AddressOfMember(byDialler ? acceptor : dialler));
        }
        else
        {
            await _expectations.EarlierOnAsync(entry.Stream);
            await PlayAsync(entry, dialler);
        }
    }

    /// <summary>The recorded address of a node, or of a hand-made client. An empty address in what it wrote means this.</summary>
    private string AddressOfMember(string member) => _recording.Nodes.FirstOrDefault(node => node.Name == member)?.Address ?? "$client/" + member;

    /// <summary>Who dialled; a hand-made client takes part from its first dial on.</summary>
    private async Task<ReplayPeer> DiallerAsync(string name)
    {
        if (!_peers.TryGetValue(name, out var peer))
        {
            var client = new RecordedNode(name, "$client/" + name, name, IsClient: true);
            _peers[name] = peer = await ReplayPeer.StartAsync(client, null, () => _current!.Address, _log);
        }

        return peer;
    }

    private async Task PlayAsync(RecordedEntry entry, string dialler)
    {
        switch (entry.Kind)
        {
            case RecordedKind.StreamOpen:
                _expectations.Opened(entry.Stream, await (await DiallerAsync(dialler)).DialAsync(entry.Stream));
                break;
            case RecordedKind.Message:
                await (await StreamAsync(entry.Stream)).WriteAsync(Names.Rewrite(entry.Bytes));
                break;
            case RecordedKind.RequestComplete:
                await (await StreamAsync(entry.Stream)).HalfCloseAsync();
                break;
            case RecordedKind.ResponseEnd:
                (await StreamAsync(entry.Stream)).Release(new Status(Enum.Parse<StatusCode>(entry.Status), entry.Text));
                break;
            case RecordedKind.CallDisposed:
                (await StreamAsync(entry.Stream)).Cut();
                break;
        }
    }
}
