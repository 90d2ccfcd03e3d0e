using Grpc.Core;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Lets the nodes of a scenario talk to each other, all of them real, and keeps what they say.</summary>
internal sealed class ReleaseRecorder
{
    private readonly ReleaseScenario _scenario;
    private readonly InMemoryNetwork _network;
    private readonly Lock _gate = new();
    private readonly List<ReleaseEntry> _entries = [];
    private readonly Dictionary<string, Stream> _streams = [];
    private readonly Dictionary<string, ReleaseActor> _actors = [];
    private readonly Dictionary<string, ReleaseRelay> _relays = [];
    private readonly Dictionary<string, ReleaseRole> _places = [];
    private readonly EventProbe _seen = new();
    private TaskCompletionSource? _held;
    private volatile bool _isLosing;
    private bool _isOver;

    private ReleaseRecorder(ReleaseScenario scenario, InMemoryNetwork network) => (_scenario, _network) = (scenario, network);

    /// <param name="scenario">What they talk about.</param>
    /// <param name="release">The release that they are.</param>
    public static async Task<ReleaseConversation> RecordAsync(ReleaseScenario scenario, string release)
    {
        await using var network = new InMemoryNetwork();
        var recorder = new ReleaseRecorder(scenario, network);
        var entries = await recorder.RunAsync();
        var nodes = scenario.Roles.Select(role => new ReleaseNode(role.Name, role.IsClient ? recorder._actors[role.Name].Node.Address : role.Address, recorder._actors[role.Name].Node.SystemId));
        return new ReleaseConversation(scenario.Name, release, [.. nodes], entries);
    }

    /// <summary>A stream was opened.</summary>
    public Stream Opened(string dialler, string acceptor, string method, bool isForged)
    {
        lock (_gate)
        {
            var stream = new Stream(this, $"s{_streams.Count + 1}", dialler, acceptor);
            _streams.Add(stream.Name, stream);
            Add(new ReleaseEntry(ReleaseKind.Open, dialler) { Stream = stream.Name, Acceptor = acceptor, Text = method, IsForged = isForged }, "Open");
            return stream;
        }
    }

    /// <summary>Who dials a place: there are never more than two.</summary>
    public string DiallerTo(ReleaseRole place)
    {
        lock (_gate)
        {
            return _places.Single(other => other.Key != place.Place).Value.Name;
        }
    }

    private async Task<IReadOnlyList<ReleaseEntry>> RunAsync()
    {
        try
        {
            foreach (var role in _scenario.Roles.Where(role => !role.IsLate))
            {
                await StartAsync(role);
            }

            foreach (var step in _scenario.Steps)
            {
                var from = _seen.Events.Count;
                await StepAsync(step).Within($"recording {_scenario.Name}: {step}");
                await WaitAsync(step, from);
            }

            lock (_gate)
            {
                _isOver = true;
                return [.. _entries];
            }
        }
        finally
        {
            _isOver = true;
            _held?.TrySetResult();
            foreach (var disposable in _actors.Values.Cast<IAsyncDisposable>().Concat(_relays.Values))
            {
                await disposable.DisposeAsync();
            }
        }
    }

    private async Task StartAsync(ReleaseRole role)
    {
        lock (_gate)
        {
            _places[role.Place] = role;
            Add(new ReleaseEntry(ReleaseKind.Start, role.Name), "Start");
        }

        _actors[role.Name] = await ReleaseActor.StartAsync(role, _network);
        _network.Heal(role.Door);
        if (!role.IsClient && !_relays.ContainsKey(role.Place))
        {
            _relays[role.Place] = await ReleaseRelay.StartAsync(this, _network, role, () => _places[role.Place]);
        }
    }

    private async Task StepAsync(ReleaseStep step)
    {
        switch (step.Kind)
        {
            case ReleaseKind.Start:
                await StartAsync(_scenario.Role(step.Node));
                break;
            case ReleaseKind.Stop:
                Add(new ReleaseEntry(ReleaseKind.Stop, step.Node), "Stop");
                _network.Refuse(_scenario.Role(step.Node).Door);
                break;
            case ReleaseKind.Act:
                Add(new ReleaseEntry(ReleaseKind.Act, step.Node) { Text = step.Text }, "Act");
                await _scenario.Act(step.Node, step.Text)(_actors[step.Node]);
                break;
            case ReleaseKind.Cut:
                _isLosing = false;
                _streams[step.Text].Cut();
                break;
            case ReleaseKind.Open when step.Text == "hold":
                _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                break;
            case ReleaseKind.Open when step.Text == "lose":
                _isLosing = true;
                break;
            case ReleaseKind.Open:
                _held!.TrySetResult();
                break;
            case ReleaseKind.Frame:
                var first = _streams[step.Text];
                await _relays[_scenario.Role(first.Acceptor).Place].RepeatAsync(_entries.First(entry => entry.Kind == ReleaseKind.Frame && entry.Stream == step.Text).Bytes, first.Dialler);
                break;
        }
    }

    /// <summary>Until everything that the step brings about has been seen.</summary>
    private async Task WaitAsync(ReleaseStep step, int from)
    {
        foreach (var group in step.Brings.GroupBy(what => what))
        {
            var before = _seen.Events.Take(from).Count(seen => (string)seen == group.Key);
            while (_seen.Events.Count(seen => (string)seen == group.Key) < before + group.Count())
            {
                await SeeAsync(group.Key, step);
            }
        }
    }

    private async Task SeeAsync(string what, ReleaseStep step)
    {
        try
        {
            await _seen.NextAsync<string>(seen => seen == what);
        }
        catch (TimeoutException)
        {
            lock (_gate)
            {
                throw new ReplayException($"{_scenario.Name}: '{step.Node} {step.Text}' did not bring '{what}'. Recorded were\n{string.Join('\n', _entries)}");
            }
        }
    }

    private void Add(ReleaseEntry entry, string what)
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                _entries.Add(entry);
                _seen.Record($"{entry.Node} {what}");
            }
        }
    }

    /// <summary>One stream that is written down.</summary>
    internal sealed class Stream(ReleaseRecorder recorder, string name, string dialler, string acceptor)
    {
        private readonly CancellationTokenSource _broken = new();
        private bool _isOver;

        public string Name => name;

        public string Dialler => dialler;

        public string Acceptor => acceptor;

        /// <summary>Cancelled when the network breaks it.</summary>
        public CancellationToken Broken => _broken.Token;

        /// <summary>How it ended.</summary>
        public Status? Status { get; private set; }

        public Task HeldAsync() => recorder._held?.Task ?? Task.CompletedTask;

        /// <returns>Whether it goes on its way.</returns>
        public bool Frame(bool isUp, byte[] bytes)
        {
            var message = Wire.RemoteMessage.Parser.ParseFrom(bytes);
            var what = $"{message.MessageTypeCase}";
            var isLost = isUp && recorder._isLosing;
            Add(new ReleaseEntry(ReleaseKind.Frame, isUp ? dialler : acceptor) { Stream = name, Text = what, Bytes = bytes, IsLost = isLost }, what, IsRefusal(message));
            return !isLost;
        }

        /// <summary>After such an answer both ends give the stream up at once; which of them is first is a matter of microseconds.</summary>
        private static bool IsRefusal(Wire.RemoteMessage message) => message.ConnectResponse is { } answer && (answer.Blocked || answer.LinkStatus == Wire.LinkStatus.LinkUnknown);

        public void Completed() => Add(new ReleaseEntry(ReleaseKind.Complete, dialler) { Stream = name }, "Complete", isLast: false);

        public void Ended(Status status)
        {
            Status = status;
            Add(new ReleaseEntry(ReleaseKind.End, acceptor) { Stream = name, Text = $"{status.StatusCode}" }, "End", isLast: true);
        }

        public void WasReset() => Add(new ReleaseEntry(ReleaseKind.Reset, dialler) { Stream = name }, "Reset", isLast: true);

        public void Cut()
        {
            Add(new ReleaseEntry(ReleaseKind.Cut, "") { Stream = name }, "Cut", isLast: true);
            _broken.Cancel();
        }

        /// <summary>Nothing of a stream that is over is kept: both ends notice it, each in its way.</summary>
        private void Add(ReleaseEntry entry, string what, bool isLast)
        {
            lock (recorder._gate)
            {
                if (!_isOver)
                {
                    _isOver = isLast;
                    recorder.Add(entry, what);
                }
            }
        }
    }
}
