using Proto;

namespace SecureNodes;

/// <summary>
/// Two nodes in two processes, with certificates of an authority that is made for the purpose. A stranger is turned away. Then the authority is
/// replaced by another one, in the three steps in which it is done without an outage, while numbered messages flow.
/// </summary>
internal sealed class Story(TextWriter output)
{
    private const string Renewed = "TlsRenewed", Replaced = "TlsConnectionsReplaced";

    public async Task RunAsync(CancellationToken cancellation)
    {
        var path = Directory.CreateTempSubdirectory("remote-tls-").FullName;
        try
        {
            await RunAsync(path, cancellation);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private async Task RunAsync(string path, CancellationToken cancellation)
    {
        var (former, next) = (new Authority("Former CA"), new Authority("Next CA"));
        var there = Path.Combine(path, "there");
        var thereFiles = new NodeFolder(there).Give(former.Issue("there")).Believe(former);
        var hereFiles = new NodeFolder(Path.Combine(path, "here")).Give(former.Issue("here")).Believe(former);

        await using var other = await OtherNode.StartAsync(there, output, cancellation);
        using var log = new TlsLines(line => output.WriteLine($"here  | {line}"));
        await using var node = await SecureNode.StartAsync(hereFiles, log);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            // 1. Mutual TLS between two processes.
            Check(await other.DuringAsync(node.AskAsync(other.Address)) == CounterActor.AllOf(0), "the other node answers");

            // 2. The wrong certificate: made with the right names, by somebody else.
            await other.DuringAsync(StrangerAsync(new NodeFolder(Path.Combine(path, "stranger")).Give(new Authority("Stranger CA").Issue("here")).Believe(former), other));

            // 3. Another authority, under load. Both are believed; new certificates; the former is believed no more.
            var sending = SendAsync(node, other.Address, stop.Token);
            await RenewAsync(log, other, stop.Token, () => hereFiles.Believe(former, next), () => thereFiles.Believe(former, next));
            await RenewAsync(log, other, stop.Token, () => hereFiles.Give(next.Issue("here")), () => thereFiles.Give(next.Issue("there")));
            await RenewAsync(log, other, stop.Token, () => hereFiles.Believe(next), () => thereFiles.Believe(next));
            await stop.CancelAsync();
            var sent = await sending;

            Check(node.Reconnects(other.Address) >= 3, "each step replaced the connection");
            var counted = await other.DuringAsync(node.AskAsync(other.Address));
            Check(counted == CounterActor.AllOf(sent), $"of {sent} messages that were sent meanwhile, the other node has {counted}");
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private async Task<bool> StrangerAsync(NodeFolder files, OtherNode other)
    {
        using var log = new TlsLines(line => output.WriteLine($"stranger | {line}"));
        await using var stranger = await SecureNode.StartAsync(files, log);
        try
        {
            await stranger.AskAsync(other.Address);
            throw new UnexpectedException("the stranger was let in");
        }
        catch (DeadLetterException)
        {
            var error = stranger.LastError(other.Address) ?? "";
            Check(error.Contains("comes from an authority that is not trusted", StringComparison.Ordinal), $"the stranger was turned away: {error}");
            await other.ExpectAsync("TlsClientRefused");
            return true;
        }
    }

    private static Task<bool> RenewAsync(TlsLines log, OtherNode other, CancellationToken stop, Func<NodeFolder> here, Func<NodeFolder> there)
    {
        here();
        there();
        return other.DuringAsync(SeenAsync(log, other, stop));
    }

    private static async Task<bool> SeenAsync(TlsLines log, OtherNode other, CancellationToken stop)
    {
        await log.NextAsync(Renewed, stop);
        await log.NextAsync(Replaced, stop);
        await other.ExpectAsync(Renewed);
        await other.ExpectAsync(Replaced);
        return true;
    }

    private static async Task<int> SendAsync(SecureNode node, string address, CancellationToken stop)
    {
        var sent = 0;
        while (!stop.IsCancellationRequested)
        {
            for (var i = 0; i < 50; i++)
            {
                node.Send(address, ++sent);
            }

            await Task.Delay(1, CancellationToken.None);
        }

        return sent;
    }

    private void Check(bool isSo, string what)
    {
        output.WriteLine($"{(isSo ? "ok" : "NOT")}: {what}");
        if (!isSo)
        {
            throw new UnexpectedException(what);
        }
    }
}
