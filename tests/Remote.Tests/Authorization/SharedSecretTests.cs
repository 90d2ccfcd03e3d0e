using Google.Protobuf.WellKnownTypes;

namespace Remote.Tests;

/// <summary>The secret that nodes share: what is one, how it is replaced, and that nobody sees it.</summary>
[Trait("Behaviour", "H-04")]
public sealed class SharedSecretTests : IDisposable
{
    private const string Old = "the-old-secret-0123456789";
    private const string New = "the-new-secret-9876543210";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remote-shared-");
    private readonly TestLog _log = new();

    [Theory]
    [InlineData("sixteen-letters!", null)]
    [InlineData("\n# a comment\n  sixteen-letters!  \r\n\n", null)]
    [InlineData("sixteen-letters!\nand-another-one-of-them", null)]
    [InlineData("", "has no secret")]
    [InlineData("# only a comment", "has no secret")]
    [InlineData("fifteen-letter!", "16 to 1024")]
    [InlineData("sixteen letters?", "16 to 1024")]
    [InlineData("sixteen-lëtters!", "16 to 1024")]
    [InlineData("sixteen-letters!\nshort", "16 to 1024")]
    public void File_IsJudgedWithoutBeingQuoted(string text, string? fault)
    {
        var said = SharedSecretFile.FaultOf(Write(text));

        Assert.Equal(fault is null, said is null);
        Assert.Contains(fault ?? "", said ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain("letter", said ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void File_ThatIsTooLong_IsAFault() => Assert.NotNull(SharedSecretFile.FaultOf(Write(new string('x', 70_000))));

    [Fact]
    public void File_ThatIsNotThere_IsAFaultThatSaysSo() =>
        Assert.Contains("cannot be read", SharedSecretFile.FaultOf(Path.Combine(_folder.FullName, "nothing")), StringComparison.Ordinal);

    [Fact]
    public void File_ThatChanges_CountsAtOnce()
    {
        var secret = Secret(Write(Old));
        Assert.Equal(Old, secret.ToSend);
        Assert.True(secret.Accepts(Old));
        Assert.False(secret.Accepts(New));

        // Node by node: the new one is taken, then sent, then the old one goes.
        Write($"{Old}\n{New}");
        Assert.Equal(Old, secret.ToSend);
        Assert.True(secret.Accepts(Old) && secret.Accepts(New));
        Write($"{New}\n{Old}");
        Assert.Equal(New, secret.ToSend);
        Write(New);
        Assert.False(secret.Accepts(Old));
        Assert.True(secret.Accepts(New));
        Assert.Equal(3, _log.Lines.Count(line => line.Event.Name == "SecretReplaced"));
    }

    [Fact]
    public void File_BehindALinkThatIsMoved_CountsAtOnce()
    {
        // As secrets are mounted by a cluster manager: the file is a link into a folder that is one, too.
        Write(Old, "first");
        Write(New, "second");
        var link = Path.Combine(_folder.FullName, "link");
        File.CreateSymbolicLink(link, Path.Combine(_folder.FullName, "first"));
        var secret = Secret(link);
        Assert.Equal(Old, secret.ToSend);

        File.Delete(link);
        File.CreateSymbolicLink(link, Path.Combine(_folder.FullName, "second"));

        Assert.Equal(New, secret.ToSend);
    }

    [Fact]
    public void File_ThatGoesAway_LeavesTheLastOneInForce()
    {
        var path = Write(Old);
        var secret = Secret(path);
        Assert.True(secret.Accepts(Old));
        File.Delete(path);

        Assert.True(secret.Accepts(Old));
        Assert.Equal(Old, secret.ToSend);
        Assert.False(secret.Accepts(New));

        // Once, not for each connection.
        Assert.Single(_log.Lines, line => line.Event.Name == "SecretNotRead");
        Write("nonsense", Path.GetFileName(path));
        Assert.True(secret.Accepts(Old));
        Assert.Equal(2, _log.Lines.Count(line => line.Event.Name == "SecretNotRead"));
    }

    [Fact]
    public void NothingGiven_IsNotAccepted()
    {
        var secret = Secret(Write(Old));

        Assert.False(secret.Accepts(null));
        Assert.False(secret.Accepts(""));
        Assert.False(secret.Accepts(Old + "x"));
        Assert.False(secret.Accepts(Old[..^1]));
        Assert.False(Secret(Path.Combine(_folder.FullName, "nothing")).Accepts(""));
    }

    [Fact]
    public async Task Start_WithoutASecret_FailsAndNamesTheFile()
    {
        var path = Path.Combine(_folder.FullName, "nothing");

        var failure = await Assert.ThrowsAsync<RemoteException>(() => TestNode.StartAsync(options => options.Access = AccessOptions.SharedSecret(path)));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        Assert.Contains($"RemoteOptions.Access.SecretFile '{path}' cannot be read", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "R-02")]
    public async Task Secret_ReplacedNodeByNode_LosesNothingAndIsSeenNowhere()
    {
        var (here, there) = (Write(Old, "here"), Write(Old, "there"));
        await using var node = await TestNode.StartAsync(options => options.Access = AccessOptions.SharedSecret(here));
        await using var peer = await TestNode.StartAsync(options => options.Access = AccessOptions.SharedSecret(there));
        node.SpawnEcho();

        // Each step takes a new connection, as after a cut.
        string[] steps = [Old, $"{Old}\n{New}", $"{New}\n{Old}", New];
        foreach (var (step, file) in steps.SelectMany(step => new[] { (step, here), (step, there) }))
        {
            File.WriteAllText(file, step);
            await peer.Remote.WaitForConnectionAsync(node.Address).Within("the connection");
            await peer.Remote.ReconnectAsync(node.Address).Within("another connection");
            Assert.Equal("re:hello", await peer.AskAsync(node.Pid("echo"), "hello").Within("an answer"));
        }

        await using var stranger = await TestNode.StartAsync(options => options.Access = AccessOptions.SharedSecret(Write(Old, "old")));
        stranger.Root.Send(node.Pid("echo"), new StringValue { Value = "let me in" });
        await stranger.Events.NextAsync<EndpointTerminated>();

        var said = node.Log.Lines.Concat(peer.Log.Lines).Concat(stranger.Log.Lines).Select(line => line.ToString())
            .Concat(new[] { node, peer, stranger }.SelectMany(one => one.Remote.GetEndpoints()).Select(row => $"{row} {row.LastError}"))
            .Concat(new[] { node, peer, stranger }.SelectMany(one => one.Events.Events).Select(happened => happened.ToString()));
        Assert.All(said, text => Assert.DoesNotContain("secret-0", text, StringComparison.Ordinal));
        Assert.All(said, text => Assert.DoesNotContain("secret-9", text, StringComparison.Ordinal));
        Assert.Contains(node.Log.Lines, line => line.Event.Name == "PeerDenied");
    }

    [Theory]
    [InlineData(true, "the shared secret that came along is none of those that the dialled node takes (its RemoteOptions.Access.SecretFile)")]
    [InlineData(false, "no shared secret came along, as metadata remote-shared-secret (RemoteOptions.Access.Policy of the dialled node is SharedSecret)")]
    public async Task Stranger_IsToldOnBothSidesWhichFile(bool hasSecret, string reason)
    {
        var (here, there) = (Write(New, "here"), Write(Old, "there"));
        await using var node = await TestNode.StartAsync(options => options.Access = AccessOptions.SharedSecret(here));
        await using var stranger = await TestNode.StartAsync(options =>
            options.Access = hasSecret ? AccessOptions.SharedSecret(Path.GetRelativePath(Environment.CurrentDirectory, there)) : AccessOptions.AllowAll());

        stranger.Root.Send(node.Pid("echo"), new StringValue { Value = "let me in" });

        var sends = hasSecret ? $"the shared secret in the first line of {there} (RemoteOptions.Access.SecretFile)" : "no shared secret (RemoteOptions.Access.Policy is not SharedSecret)";
        Assert.Equal(
            $"{node.Address} refused this node for good, so it is not dialled again by itself: Not allowed: {reason}. This node shows no certificate "
            + $"(RemoteOptions.Tls is not set), and sends {sends}: mend that, or let it in there. The log of {node.Address} says more (2332).",
            (await stranger.Log.NextAsync("RefusedByPeer")).Text);
        Assert.EndsWith(
            $" was turned away: {reason}. If it is a node, give it RemoteOptions.Access.Policy SharedSecret and a RemoteOptions.Access.SecretFile whose first line is a line of "
            + $"{here} (RemoteOptions.Access.SecretFile here).",
            (await node.Log.NextAsync("PeerDenied")).Text,
            StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Delete(recursive: true);
    }

    private SharedSecretFile Secret(string path) => new(path, _log.CreateLogger("Remote"));

    private string Write(string text, string name = "secret")
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
