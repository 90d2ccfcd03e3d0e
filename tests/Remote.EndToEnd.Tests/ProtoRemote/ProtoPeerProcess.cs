namespace Remote.EndToEnd.Tests;

/// <summary>A node of Proto.Remote (<c>Remote.ProtoPeer</c>) in a process of its own that does what the test says.</summary>
internal sealed class ProtoPeerProcess : IAsyncDisposable
{
    private readonly NodeProcess _process;
    private readonly List<string> _unread = [];

    private ProtoPeerProcess(NodeProcess process) => _process = process;

    public string Address { get; private set; } = "";

    public string SystemId { get; private set; } = "";

    /// <param name="role"><c>server</c> or <c>client</c>.</param>
    /// <param name="more">Further <c>name=value</c> pairs.</param>
    public static async Task<ProtoPeerProcess> StartAsync(string role, params string[] more)
    {
        var peer = new ProtoPeerProcess(NodeProcess.Start("Remote.ProtoPeer", [role, .. more]));
        peer.Address = await peer._process.ReadAfterAsync("listening on ");
        peer.SystemId = await peer.TellAsync("id");
        return peer;
    }

    /// <summary>Gives a command; returns what it was answered, and fails when that was an error.</summary>
    public async Task<string> TellAsync(string command)
    {
        var answer = await AskAsync(command);
        return IsGood(answer)
            ? answer["ok".Length..].TrimStart()
            : throw new InvalidOperationException($"'{command}' was answered: {answer}. {Describe()}");
    }

    /// <summary>Lets it say hello to an actor that answers; returns the whole answer, <c>ok hello</c> if it came.</summary>
    /// <param name="actor">As <see cref="OwnNode.Called"/> gives it.</param>
    /// <param name="timeout">Milliseconds.</param>
    public Task<string> GreetAsync(string actor, int timeout = 60_000) => AskAsync($"request {actor} text=hello timeout={timeout}");

    /// <summary>Gives a command; returns the whole answer, <c>ok ...</c> or <c>error ...</c>.</summary>
    public async Task<string> AskAsync(string command)
    {
        await _process.WriteLineAsync(command);
        while (true)
        {
            var line = await _process.ReadLineAsync($"the answer to '{command}'");
            if (IsGood(line) || line.StartsWith("error ", StringComparison.Ordinal))
            {
                return line;
            }

            _unread.Add(line);
        }
    }

    /// <summary>Waits for something that the node saw happen; returns what follows.</summary>
    /// <param name="beginning">How the line begins.</param>
    public async Task<string> NextAsync(string beginning)
    {
        var known = _unread.FindIndex(line => line.StartsWith(beginning, StringComparison.Ordinal));
        if (known < 0)
        {
            return await _process.ReadAfterAsync(beginning);
        }

        var found = _unread[known][beginning.Length..];
        _unread.RemoveAt(known);
        return found;
    }

    /// <summary>Whether a line of its output held this.</summary>
    public bool HasSaid(string text) => _process.HasSaid(text);

    public string Describe() => _process.Describe();

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Stops it as it is: it reads nothing more.</summary>
    public Task PauseAsync() => _process.SendSignalAsync("STOP");

    /// <summary>Lets it leave in good order, and waits for that.</summary>
    public async Task LeaveAsync()
    {
        await _process.WriteLineAsync("exit");
        var (exitCode, _, errors) = await _process.WaitForExitAsync();
        Assert.Equal((0, ""), (exitCode, errors));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static bool IsGood(string line) => line == "ok" || line.StartsWith("ok ", StringComparison.Ordinal);
}
