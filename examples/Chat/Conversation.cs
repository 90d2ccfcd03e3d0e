using Examples;

namespace Chat;

/// <summary>
/// A server and three users, each in a process of its own. They meet, talk, one leaves, the server is killed and comes back, and everybody who
/// was there is there again.
/// </summary>
internal sealed class Conversation(TextWriter output, CancellationToken cancellation) : IAsyncDisposable
{
    private readonly List<Participant> _all = [];
    private Participant _server = null!;

    /// <exception cref="ProcessLostException">One of the four ended before its time.</exception>
    /// <exception cref="TimeoutException">Somebody did not see what they should.</exception>
    public static async Task RunAsync(TextWriter output, CancellationToken cancellation)
    {
        await using var conversation = new Conversation(output, cancellation);
        await conversation.RunAsync();
        await output.WriteLineAsync("everybody saw what they should");
    }

    public async ValueTask DisposeAsync()
    {
        // The last first, so that the server ends when nobody is left; all of them even when one does not.
        foreach (var participant in Enumerable.Reverse(_all))
        {
            await participant.DisposeAsync();
        }
    }

    private async Task RunAsync()
    {
        // 1. They meet.
        var address = await ServeAsync("0");
        var ann = await JoinAsync("ann", address, "* you are alone");
        var ben = await JoinAsync("ben", address, "* you are in the room with ann");
        var cid = await JoinAsync("cid", address, "* you are in the room with ann, ben");
        await SeeAsync("* cid is here", ann, ben);

        // 2. They talk, and the server tells them something that nobody asked for.
        await ann.TypeAsync("hello");
        await SeeAsync("ann: hello", ann, ben, cid);
        await _server.TypeAsync("there is cake");
        await SeeAsync("server: there is cake", ann, ben, cid);

        // 3. One leaves.
        await cid.LeaveAsync();
        await SeeAsync("* cid has left", ann, ben);

        // 4. The server dies, and another one takes its place.
        await _server.KillAsync();
        await ServeAsync(Nodes.PortOf(address));
        await SeeAsync("* the room is gone", ann, ben);

        // Who comes second finds the other.
        await _server.DuringAsync(Task.WhenAll(ann.ExpectAsync("* you are"), ben.ExpectAsync("* you are")));
        await ben.TypeAsync("everybody back?");
        await SeeAsync("ben: everybody back?", ann, ben);

        // 5. The end.
        await ann.LeaveAsync();
        await SeeAsync("* ann has left", ben);
        await ben.LeaveAsync();
    }

    private async Task<string> ServeAsync(string port)
    {
        _server = Add(Participant.Start("the server", cancellation, "server", "--port", port));
        var line = await _server.ExpectAsync(Nodes.ReadyPrefix);
        await output.WriteLineAsync($"{_server.Name} is process {_server.Id}, {line}");
        return line[Nodes.ReadyPrefix.Length..];
    }

    private async Task<Participant> JoinAsync(string name, string address, string welcome)
    {
        var user = Add(Participant.Start(name, cancellation, "join", address, name));
        await output.WriteLineAsync($"{name} is process {user.Id}");
        await SeeAsync(welcome, user);
        return user;
    }

    private async Task SeeAsync(string line, params Participant[] users)
    {
        foreach (var user in users)
        {
            await output.WriteLineAsync($"{user.Name} sees  {await _server.DuringAsync(user.ExpectAsync(line))}");
        }
    }

    private Participant Add(Participant participant)
    {
        _all.Add(participant);
        return participant;
    }
}
