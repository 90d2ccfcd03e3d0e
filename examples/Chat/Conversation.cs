namespace Chat;

/// <summary>
/// A server and three users, each in a process of its own. They meet, talk, one leaves, the server is killed and comes back, and everybody who
/// was there is there again.
/// </summary>
internal sealed class Conversation(TextWriter output, CancellationToken cancellation) : IAsyncDisposable
{
    private readonly List<Participant> _all = [];

    /// <summary>Whether everybody saw what they should.</summary>
    public static async Task<bool> RunAsync(TextWriter output, CancellationToken cancellation)
    {
        await using var conversation = new Conversation(output, cancellation);
        try
        {
            await conversation.RunAsync();
            await output.WriteLineAsync("everybody saw what they should");
            return true;
        }
        catch (SilenceException exception)
        {
            await output.WriteLineAsync($"the check failed: {exception.Message}");
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var participant in _all)
        {
            await participant.DisposeAsync();
        }
    }

    private async Task RunAsync()
    {
        // 1. They meet.
        var (server, address) = await ServeAsync("0");
        var ann = await JoinAsync("ann", address, "* you are alone");
        var ben = await JoinAsync("ben", address, "* you are in the room with ann");
        var cid = await JoinAsync("cid", address, "* you are in the room with ann, ben");
        await SeeAsync("* cid is here", ann, ben);

        // 2. They talk, and the server tells them something that nobody asked for.
        await ann.TypeAsync("hello");
        await SeeAsync("ann: hello", ann, ben, cid);
        await server.TypeAsync("there is cake");
        await SeeAsync("server: there is cake", ann, ben, cid);

        // 3. One leaves.
        await cid.LeaveAsync(cancellation);
        await SeeAsync("* cid has left", ann, ben);

        // 4. The server dies, and another one takes its place.
        await server.KillAsync();
        await ServeAsync(Nodes.PortOf(address));
        await SeeAsync("* the room is gone", ann, ben);

        // Who comes second finds the other.
        await Task.WhenAll(ann.ExpectAsync("* you are", cancellation), ben.ExpectAsync("* you are", cancellation));
        await ben.TypeAsync("everybody back?");
        await SeeAsync("ben: everybody back?", ann, ben);

        // 5. The end.
        await ann.LeaveAsync(cancellation);
        await SeeAsync("* ann has left", ben);
        await ben.LeaveAsync(cancellation);
    }

    private async Task<(Participant Server, string Address)> ServeAsync(string port)
    {
        var server = Add(Participant.Start("the server", "server", "--port", port));
        var line = await server.ExpectAsync(Nodes.ReadyPrefix, cancellation);
        await output.WriteLineAsync($"{server.Name} is {line}");
        return (server, line[Nodes.ReadyPrefix.Length..]);
    }

    private async Task<Participant> JoinAsync(string name, string address, string welcome)
    {
        var user = Add(Participant.Start(name, "join", address, name));
        await SeeAsync(welcome, user);
        return user;
    }

    private async Task SeeAsync(string line, params Participant[] users)
    {
        foreach (var user in users)
        {
            await output.WriteLineAsync($"{user.Name} sees  {await user.ExpectAsync(line, cancellation)}");
        }
    }

    private Participant Add(Participant participant)
    {
        _all.Add(participant);
        return participant;
    }
}
