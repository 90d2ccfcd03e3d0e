using System.Globalization;
using System.Text.Json;

namespace Remote.EndToEnd.Tests;

/// <summary>One life of a peer: a <c>Remote.TestNode</c> in a process of its own. It starts in the background and listens when it is told to.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private readonly NodeProcess _process;
    private readonly List<JsonElement> _unread = [];
    private PausedProcess? _paused;

    private PeerProcess(NodeProcess process, int life)
    {
        _process = process;
        Life = life;
    }

    /// <summary>The number of the life, from 1.</summary>
    public int Life { get; }

    public int ProcessId => _process.Id;

    public string Address { get; private set; } = "";

    public string SystemId { get; private set; } = "";

    public static PeerProcess Start(int life) => new(NodeProcess.Start("Remote.TestNode"), life);

    /// <summary>Starts, and listens.</summary>
    public static async Task<PeerProcess> StartAsync(PeerPlace place, string more = "", int life = 1)
    {
        var peer = Start(life);
        await peer.ListenAsync(place, more);
        return peer;
    }

    /// <param name="place">Where.</param>
    /// <param name="more">Further <c>name=value</c> pairs of the command.</param>
    public async Task ListenAsync(PeerPlace place, string more = "")
    {
        await TellAsync($"listen life={Life} host={place.Host} port={place.Port} {more}");
        var listening = await NextAsync("listening");
        Address = Text(listening, "address");
        SystemId = Text(listening, "systemId");
    }

    /// <summary>Spawns <c>name0</c>, <c>name1</c> and so on, which do nothing.</summary>
    public async Task SpawnAsync(string name, int count)
    {
        await TellAsync($"spawn name={name} count={count}");
        await NextAsync("spawned");
    }

    public async Task StopAsync(string name, int count)
    {
        await BeginStopAsync(name, count);
        await NextAsync("stopped");
    }

    /// <summary>Returns when the peer is about to stop them.</summary>
    public async Task BeginStopAsync(string name, int count)
    {
        await TellAsync($"stop name={name} count={count}");
        await NextAsync("stopping");
    }

    /// <summary>Lets the peer ask an actor of the test so many questions; returns when they are on their way.</summary>
    public async Task AskAsync(string address, string id, int count)
    {
        await TellAsync($"ask address={address} id={id} count={count}");
        await NextAsync("asking");
    }

    /// <summary>How many of those questions got the right answer.</summary>
    public async Task<int> AskedAsync()
    {
        var asked = await NextAsync("asked");
        return asked.TryGetProperty("error", out var error)
            ? throw new InvalidOperationException($"A question was not answered: {error}. {Describe()}")
            : int.Parse(Text(asked, "right"), CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until so many answers have come that the peer did not ask for; returns how many there are beyond them.</summary>
    public async Task<int> StraysAsync(int count)
    {
        await TellAsync($"strays count={count}");
        return int.Parse(Text(await NextAsync("strays"), "more"), CultureInfo.InvariantCulture);
    }

    /// <summary>Lets an actor of the peer watch one of the test's.</summary>
    public async Task WatchAsync(string address, string id)
    {
        await TellAsync($"watch address={address} id={id}");
        await NextAsync("watching");
    }

    /// <summary>The next Terminated that an actor of the peer got: the id, and why.</summary>
    public async Task<(string Id, string Why)> TerminatedAsync()
    {
        var terminated = await NextAsync("terminated");
        return (Text(terminated, "id"), Text(terminated, "why"));
    }

    public Task KillAsync() => _process.KillAsync();

    /// <summary>Lets it leave in good order, and waits for that.</summary>
    public async Task LeaveAsync()
    {
        await _process.SendTermAsync();
        var (exitCode, _, errors) = await _process.WaitForExitAsync();
        Assert.True((exitCode, errors) == (0, ""), $"It did not leave in good order. {Describe()}");
    }

    /// <summary>Stops it for good: its connections stay, and nobody answers on them.</summary>
    public async Task PauseAsync() => _paused = await PausedProcess.PauseAsync(ProcessId);

    public Task TellAsync(string command) => _process.WriteLineAsync(command);

    /// <summary>The next line that says that this happened; what else it says is kept for those who ask for it.</summary>
    public async Task<JsonElement> NextAsync(string happened)
    {
        var known = _unread.FindIndex(line => Text(line, "event") == happened);
        if (known >= 0)
        {
            var line = _unread[known];
            _unread.RemoveAt(known);
            return line;
        }

        while (true)
        {
            var line = JsonElement.Parse(await _process.ReadLineAsync($"saying that '{happened}'"));
            if (Text(line, "event") == happened)
            {
                return line;
            }

            _unread.Add(line);
        }
    }

    /// <summary>Whether it said at any time that this happened.</summary>
    public bool HasSaid(string happened) => _process.HasSaid($"\"event\":\"{happened}\"");

    public void CloseInput() => _process.CloseInput();

    public Task<(int ExitCode, string Output, string Errors)> WaitForExitAsync() => _process.WaitForExitAsync();

    public string Describe() => _process.Describe();

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        if (_paused is not null)
        {
            await _paused.DisposeAsync();
        }
    }

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;
}
