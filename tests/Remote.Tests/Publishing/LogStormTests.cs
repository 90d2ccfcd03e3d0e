using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// Something stays wrong while the application goes on sending: at most six lines a minute on either node, none with a stack trace, and all of it is counted. Time is the test's:
/// an hour in the long mode, minutes otherwise.
/// </summary>
[Trait("Behaviour", "O-11")]
public sealed class LogStormTests : IAsyncLifetime
{
    private const string Peer = "peer:8000";
    private const int MostLines = 6;

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(TestScale.Count(60, few: 2));
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(TestScale.Count(10, few: 2));
    private static readonly TimeSpan Quarantine = TimeSpan.FromSeconds(3);

    /// <summary>A delay that no other timer has.</summary>
    private static readonly TimeSpan Odd = TimeSpan.FromMilliseconds(4_321);

    private static readonly TimeSpan[] Schedule = [.. new[] { 200, 400, 800, 1600, 3200 }.Select(delay => TimeSpan.FromMilliseconds(delay))];

    private readonly InMemoryNetwork _network = new();
    private readonly ManualTimeProvider _time = new();
    private readonly StormLog _hereLog;
    private readonly StormLog _thereLog;
    private TestNode _here = null!;
    private TestNode? _there;
    private int _sent;
    private int _retries;
    private int _ends;

    public LogStormTests() => (_hereLog, _thereLog) = (new StormLog(_time), new StormLog(_time));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _here.DisposeAsync();
        if (_there is not null)
        {
            await _there.DisposeAsync();
        }

        await _network.DisposeAsync();
    }

    [Fact]
    public async Task PeerThatIsDown()
    {
        await StartHereAsync();

        while (_time.Elapsed < Long)
        {
            Send(Peer);
            foreach (var delay in Schedule)
            {
                await RetryAsync(delay);
                Send(Peer);
            }

            await EndAsync();
        }

        VerifyCalm();
        var first = Line("NotReached");
        Assert.Equal((TimeSpan.Zero, LogLevel.Warning), (first.At, first.Level));
        Assert.Contains(Peer, first.Text, StringComparison.Ordinal);

        // Once a minute, or with the first attempt after it: the last one of a schedule and the quarantine say something else.
        Assert.InRange(Lines("NotReached").Count(), Long / (ConnectionLog.Interval + Schedule[^1] + Quarantine), (Long / ConnectionLog.Interval) + 1);
        VerifyCounted("NotReached", Peer);
        VerifyCounted("AttemptsUsedUp", Peer);
    }

    [Fact]
    public async Task PeerThatIsDown_AndIsNeverGivenUp()
    {
        await StartHereAsync(options => options.Reconnect.MaxAttempts = 0, Odd);

        while (_time.Elapsed < Long)
        {
            Send(Peer);
            await RetryAsync(Odd);
        }

        VerifyCalm();
        VerifyCounted("NotReached", Peer);
    }

    [Fact]
    public async Task PeerThatHasBlockedThisNode()
    {
        await StartHereAsync();
        await StartThereAsync();
        _there!.Remote.PeerBlockList.BlockAddress(_here.Address);
        _thereLog.Clear();

        await BeTurnedAwayAsync();

        VerifyCalm();
        VerifyCounted("Blocked", Peer);
    }

    [Fact]
    public async Task PeerThatDoesNotLetThisNodeIn()
    {
        await StartHereAsync();
        await StartThereAsync(options => options.Hooks.AuthorizePeer = (_, _) => ValueTask.FromResult(RemotePermission.Deny("not today")));

        await BeTurnedAwayAsync();

        VerifyCalm();
        VerifyCounted("RefusedByPeer", Peer);
        Assert.Contains(_thereLog.Lines, line => line.Event.Name == "PeerDenied");
    }

    [Fact]
    public async Task PeerThatAcceptsAndSaysNothing()
    {
        var patience = TimeSpan.FromMilliseconds(3_217);
        await StartHereAsync(options => (options.ConnectTimeout, options.HandshakeTimeout, options.Reconnect.MaxAttempts) = (patience, patience, 0), Odd);
        await StartThereAsync();
        _network.BlackHole(Peer);

        while (_time.Elapsed < Short)
        {
            Send(Peer);
            await _time.WaitForTimerAsync(patience);
            _time.Advance(patience);
            await RetryAsync(Odd);
        }

        VerifyCalm();
        Assert.NotEmpty(Lines("NotReached"));
        _network.Heal(Peer);
    }

    [Fact]
    public async Task FiftyPeersThatAreDown_AreNamedInPartAndCountedInAll()
    {
        var peers = Enumerable.Range(1, 50).Select(number => $"peer{number}:8000").ToArray();
        await StartHereAsync(delay: Odd);

        // A minute is enough: fifty peers are three hundred dials for each round of attempts.
        while (_time.Elapsed < Short / 2)
        {
            Send(peers);
            for (var attempt = 0; attempt < Schedule.Length; attempt++)
            {
                await RetryAsync(Odd, peers.Length);
                Send(peers);
            }

            await EndAsync(peers.Length);
        }

        VerifyCalm();
        Assert.Contains(" others", Line("ConnectionsLeftOut").Text, StringComparison.Ordinal);
        Assert.Contains("remote endpoints", Line("ConnectionsLeftOut").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PeerWhoseConnectionBreaksAgainAndAgain()
    {
        await StartHereAsync(delay: Odd);
        await StartThereAsync();
        _there!.SpawnEcho();

        while (_time.Elapsed < Short)
        {
            await _here.AskAsync(_there.Pid("echo"), "there");
            _network.Cut(Peer);
            await RetryAsync(Odd);
        }

        Assert.Equal("re:at last", await _here.AskAsync(_there.Pid("echo"), "at last"));

        // That a peer is there is written beside the six.
        VerifyCalm(news: 1);
        Assert.NotEmpty(Lines("Reconnected"));
        VerifyCounted("Reconnecting", Peer);
    }

    [Fact]
    public async Task MessagesThatCannotBeReadThere_AndRequestsThatTimeOut()
    {
        await StartHereAsync(setup: setup => setup.AddMessages(ApiReflection.Descriptor));
        await StartThereAsync();
        _there!.SpawnEcho();
        _there.Spawn("silent");
        await _here.AskAsync(_there.Pid("echo"), "connected");
        _hereLog.Clear();
        _thereLog.Clear();

        await PassAsync(async () =>
        {
            for (var number = 0; number < 100; number++)
            {
                _here.Root.Send(_there.Pid("silent"), new Method { Name = "unknown there" });
            }

            await Assert.ThrowsAsync<TimeoutException>(
                () => _here.Root.RequestAsync<StringValue>(_there.Pid("silent"), new StringValue { Value = "no answer" }, TimeSpan.FromMilliseconds(5)));
        });

        VerifyCalm();
        Assert.Contains(_thereLog.Lines, line => line.Event.Name == "EnvelopeRefused");
        Assert.Empty(_hereLog.Lines);
    }

    [Fact]
    public async Task MessagesThatCannotBeWrittenHere()
    {
        await StartHereAsync();
        await StartThereAsync();
        _there!.SpawnEcho();
        await _here.AskAsync(_there.Pid("echo"), "connected");
        _hereLog.Clear();

        await PassAsync(async () =>
        {
            for (var number = 0; number < 100; number++)
            {
                await _here.RefusedAsync(_there.Pid("echo"), new Unregistered(typeof(string)));
            }
        });

        // Where a serializer threw is part of what is wrong; it is there once a minute.
        _hereLog.VerifyCalm("here", MostLines, isTraceless: false);
        Assert.Contains(_hereLog.Lines, line => line.Event.Name == "MessageNotSent");
        Assert.Contains(_hereLog.Lines, line => line.Event.Name == "MistakeRepeated");
    }

    private async Task StartHereAsync(Action<RemoteOptions>? options = null, TimeSpan? delay = null, Action<TestSetup>? setup = null)
    {
        _here = await StartAsync(
            "here:8000",
            _hereLog,
            own =>
            {
                if (delay is { } always)
                {
                    (own.Reconnect.InitialDelay, own.Reconnect.MaxDelay) = (always, always);
                }

                options?.Invoke(own);
            },
            setup);
        _hereLog.Clear();
    }

    private async Task StartThereAsync(Action<RemoteOptions>? options = null)
    {
        _there = await StartAsync(Peer, _thereLog, options);
        _thereLog.Clear();
    }

    private Task<TestNode> StartAsync(string at, StormLog log, Action<RemoteOptions>? options, Action<TestSetup>? setup = null) => TestNode.StartAsync(
        own =>
        {
            own.Hooks.LoggerFactory = log;
            (own.Reconnect.Jitter, own.QuarantineDuration) = (0, Quarantine);
            options?.Invoke(own);
        },
        setup,
        network: _network,
        time: _time,
        at: at);

    private void Send(params string[] peers)
    {
        foreach (var peer in peers)
        {
            _here.Root.Send(PID.FromAddress(peer, "x"), new Int32Value { Value = ++_sent });
        }
    }

    /// <summary>An attempt has failed, and its delay passes.</summary>
    private async Task RetryAsync(TimeSpan delay, int peers = 1)
    {
        await _here.Events.WaitForCountAsync<EndpointReconnecting>(_retries += peers);
        await _time.WaitForTimersDueAsync(peers, delay);
        _time.Advance(delay);
    }

    /// <summary>The endpoints are given up, and their quarantine passes.</summary>
    private async Task EndAsync(int peers = 1)
    {
        await _here.Events.WaitForCountAsync<EndpointTerminated>(_ends += peers);
        _time.Advance(Quarantine);
    }

    private async Task BeTurnedAwayAsync()
    {
        while (_time.Elapsed < Long)
        {
            Send(Peer);
            await EndAsync();
        }
    }

    /// <summary>Something is done every five seconds, on a connection that stands.</summary>
    private async Task PassAsync(Func<Task> doAsync)
    {
        while (_time.Elapsed < Short)
        {
            await doAsync();
            _time.Advance(TimeSpan.FromSeconds(5));

            // Both have heard of each other again before time goes on.
            await _here.AskAsync(_there!.Pid("echo"), "still there");
        }
    }

    /// <param name="news">Lines a minute that say of each peer that it is there.</param>
    private void VerifyCalm(int news = 0)
    {
        _hereLog.VerifyCalm("here", MostLines + news, isTraceless: true);
        _thereLog.VerifyCalm("there", MostLines + news, isTraceless: true);
    }

    private IEnumerable<StormLine> Lines(string name) => _hereLog.Lines.Where(line => line.Event.Name == name);

    private StormLine Line(string name) => Lines(name).First();

    /// <summary>What was not written is in the number of those that were left out.</summary>
    private void VerifyCounted(string kind, string subject) =>
        Assert.Contains(Lines("ConnectionsLeftOut"), line => line.Text.Contains($" {kind} of {subject}", StringComparison.Ordinal));

    /// <summary>No serializer takes it: JSON takes everything but types.</summary>
    private sealed record Unregistered(System.Type Value);
}
