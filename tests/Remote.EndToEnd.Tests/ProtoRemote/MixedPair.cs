using Proto;

namespace Remote.EndToEnd.Tests;

/// <summary>A node of ours and one of Proto.Remote, connected.</summary>
internal sealed class MixedPair : IAsyncDisposable
{
    /// <summary>Who has a listener: both, or one and the other is its client.</summary>
    public const string BothListen = "both listen", OursIsClient = "ours is a client", TheirsIsClient = "theirs is a client";

    private MixedPair(OwnNode ours, ProtoPeerProcess theirs)
    {
        Ours = ours;
        Theirs = theirs;
    }

    public static TheoryData<string> Roles => [BothListen, OursIsClient, TheirsIsClient];

    public OwnNode Ours { get; }

    public ProtoPeerProcess Theirs { get; }

    /// <summary>Starts both, with an <c>echo</c> and a <c>record</c> each, and lets both send.</summary>
    public static async Task<MixedPair> StartAsync(string roles)
    {
        var starting = OwnNode.StartAsync(isClient: roles == OursIsClient);
        var theirs = await ProtoPeerProcess.StartAsync(roles == TheirsIsClient ? "client" : "server");
        await theirs.TellAsync("spawn id=echo kind=echo");
        await theirs.TellAsync("spawn id=record kind=record");
        var pair = new MixedPair(await starting, theirs);
        await pair.ConnectAsync(roles);
        return pair;
    }

    /// <summary>An actor of theirs. A new PID each time: one that was used keeps its process.</summary>
    public PID AtTheirs(string id) => new(Theirs.Address, id);

    /// <summary>An actor of ours, in a command to theirs.</summary>
    public string AtOurs(string id) => Ours.Called(id, Theirs.Address);

    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        await Theirs.DisposeAsync();
    }

    /// <summary>Nobody can dial a client, so it begins.</summary>
    private async Task ConnectAsync(string roles)
    {
        if (roles == TheirsIsClient)
        {
            await Theirs.GreetAsync(AtOurs("echo"));
        }

        await Ours.AskAsync(AtTheirs("echo"), "hello");
        Assert.Equal("ok hello", await Theirs.GreetAsync(AtOurs("echo")));
    }
}
