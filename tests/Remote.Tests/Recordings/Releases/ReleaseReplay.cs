using Google.Protobuf;
using Grpc.Core;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>
/// One node of a conversation is ours, as it is now; the other is played from the recording. Line by line: what the recorded node of our place said, ours
/// must say too; what the other one said is said to ours.
/// </summary>
/// <param name="recording">The conversation.</param>
/// <param name="scenario">The code of its acts.</param>
/// <param name="schema">The protocol of its release.</param>
/// <param name="place">Which place ours has.</param>
internal sealed class ReleaseReplay(ReleaseConversation recording, ReleaseScenario scenario, ReleaseSchema schema, string place) : IAsyncDisposable
{
    private readonly InMemoryNetwork _network = new();
    private readonly ReleaseNames _names = new();
    private readonly ReplayLog _log = new();
    private readonly Dictionary<string, ReleaseActor> _ours = [];
    private readonly Dictionary<string, ReleaseStream?> _streams = [];
    private ReleasePlayer? _player;
    private long _growth;

    /// <summary>Everything that the played node says has fields beside that nobody knows.</summary>
    public bool IsNewer { get; init; }

    public async Task RunAsync()
    {
        var rules = new ReleaseRules(_names);
        foreach (var entry in recording.Entries)
        {
            var isOurs = entry.Node.Length > 0 && !entry.IsForged && scenario.Role(entry.Node).Place == place;
            var stream = _streams.GetValueOrDefault(entry.Stream);
            await (entry.Kind switch
            {
                ReleaseKind.Start => StartAsync(scenario.Role(entry.Node), isOurs),
                ReleaseKind.Stop => StopAsync(isOurs),
                ReleaseKind.Act => isOurs ? scenario.Act(entry.Node, entry.Text)(_ours[entry.Node]).Within($"{entry}. So far:{_log}") : Task.CompletedTask,
                ReleaseKind.Open => OpenAsync(entry, isOurs),
                ReleaseKind.Cut => CutAsync(entry),
                _ when stream is null => Task.CompletedTask,
                _ when entry.IsLost && !IsOurs(entry) => Task.CompletedTask,
                _ when IsOurs(entry) => MeetAsync(entry, stream, rules),
                _ => PlayAsync(entry, stream),
            });
        }

        Verify();
    }

    public async ValueTask DisposeAsync()
    {
        if (_player is not null)
        {
            _player.Die();
            await _player.DisposeAsync();
        }

        foreach (var actor in _ours.Values)
        {
            await actor.DisposeAsync();
        }

        await _network.DisposeAsync();
    }

    private bool IsOurs(ReleaseEntry entry) => scenario.Role(entry.Node).Place == place;

    private async Task StartAsync(ReleaseRole role, bool isOurs)
    {
        if (isOurs)
        {
            var actor = _ours[role.Name] = await ReleaseActor.StartAsync(role, _network);
            var recorded = recording.Nodes.Single(node => node.Name == role.Name).SystemId;

            // Names that a node makes up have the beginning of its id.
            _names.Add(recorded, actor.Node.SystemId);
            _names.Add(recorded[..12], actor.Node.SystemId[..12]);
        }
        else if (_player is null)
        {
            _player = await ReleasePlayer.StartAsync(role, _network, schema, _log);
        }
        else
        {
            _player.Return();
        }
    }

    private Task StopAsync(bool isOurs)
    {
        if (!isOurs)
        {
            _player!.Die();
        }

        return Task.CompletedTask;
    }

    private async Task OpenAsync(ReleaseEntry entry, bool isOurs)
    {
        if (isOurs)
        {
            _streams[entry.Stream] = await _player!.AcceptAsync(entry.Stream);
            return;
        }

        // What the recorder dialled in our place is not for us.
        var acceptor = scenario.Role(entry.Acceptor);
        _streams[entry.Stream] = acceptor.Place == place ? await _player!.DialAsync(entry.Stream, entry.Text, acceptor) : null;
    }

    private Task CutAsync(ReleaseEntry entry)
    {
        _log.Add($"{entry.Stream}: cut");
        _player!.Cut(_streams[entry.Stream]!);
        return Task.CompletedTask;
    }

    private async Task MeetAsync(ReleaseEntry entry, ReleaseStream stream, ReleaseRules rules)
    {
        if (entry.Kind != ReleaseKind.Frame)
        {
            var seen = await stream.NextAsync($"{entry}");
            Check(entry, seen.Kind == entry.Kind && (entry.Kind != ReleaseKind.End || seen.Status == entry.Text) ? [] : [$"seen is {seen}"]);
            return;
        }

        var recorded = schema.Read(entry.Bytes);
        switch (recorded.Case)
        {
            case "Acknowledgement":
                await stream.AcknowledgedAsync(recorded.Body, IsNewer ? 0 : _growth, $"{entry}");
                break;
            case "TargetPause":
                await stream.PausedAsync(recorded.Body, $"{entry}");
                break;
            default:
                var seen = await stream.NextAsync($"{entry}");
                Check(entry, seen.Frame is { } frame ? rules.Compare(recorded, frame) : [$"seen is {seen}"]);
                break;
        }
    }

    private async Task PlayAsync(ReleaseEntry entry, ReleaseStream stream)
    {
        switch (entry.Kind)
        {
            case ReleaseKind.Frame:
                var recorded = schema.Read(entry.Bytes);
                _growth -= recorded.UserBytes;
                var message = _names.Rewrite(recorded);
                _growth += message.UserBytes;
                if (message.Case == "MessageBatch")
                {
                    _player!.LastBatch = Math.Max(_player.LastBatch, message.Body.Number("sequence"));
                }

                await stream.WriteAsync(message.ToBytes(IsNewer));
                if (IsNewer && message.Case == "Heartbeat")
                {
                    // No node of the first releases says this, and all must bear it.
                    await stream.WriteAsync(new Wire.RemoteMessage { HeartbeatEcho = new() }.ToByteArray());
                }

                break;
            case ReleaseKind.Complete:
                await stream.CompleteAsync();
                break;
            case ReleaseKind.End:
                stream.Release(new Status(Enum.Parse<StatusCode>(entry.Text), "recorded"));
                break;
            default:
                stream.Abort();
                break;
        }
    }

    private void Check(ReleaseEntry entry, IEnumerable<string> differences)
    {
        if (string.Join("; ", differences) is { Length: > 0 } text)
        {
            throw new ReplayException($"{recording.Scenario}, {entry}: {text}. Recordings/README.md says what may differ. So far:{_log}");
        }
    }

    private void Verify()
    {
        var faults = _player!.Streams.SelectMany(stream => stream.Faults.Concat(stream.Rest())).ToList();
        if (_player.HasMore)
        {
            faults.Add("a stream that was not recorded");
        }

        Assert.True(faults.Count == 0, $"{recording.Scenario} as {place}: {string.Join("; ", faults)}. So far:{_log}");
    }
}
