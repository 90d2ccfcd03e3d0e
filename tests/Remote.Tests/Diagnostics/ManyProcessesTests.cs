using Grpc.Core;
using Proto;
using Proto.Mailbox;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A million processes, and patterns that somebody has thought about. 100,000 and a tenth of the time in the default mode.</summary>
[Trait("Behaviour", "D-01")]
public sealed class ManyProcessesTests : IAsyncLifetime
{
    // Each under the same letters, so that a pattern has something to do before it finds out.
    private static readonly string Letters = new('x', 40);

    private static readonly int Count = TestScale.IsLong ? 1_000_000 : 100_000;
    private static readonly TimeSpan Answered = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _stands = new();
    private TestNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(options => options.Diagnostics.ScanBudget = TimeSpan.FromMilliseconds(500), time: _stands);
        var nobody = new Nobody(_node.ActorSystem);
        for (var i = 0; i < Count; i++)
        {
            Assert.True(_node.ActorSystem.ProcessRegistry.TryAdd($"{Letters}{i}", nobody).ok);
        }
    }

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Theory]
    [InlineData("", Wire.ListProcessesMatchType.MatchPartOfString, 1)]
    [InlineData("xX", Wire.ListProcessesMatchType.MatchPartOfString, 1)]
    [InlineData("no such", Wire.ListProcessesMatchType.MatchPartOfString, 0)]
    [InlineData("no such", Wire.ListProcessesMatchType.MatchExactString, 0)]
    [InlineData("^x+[0-9]+$", Wire.ListProcessesMatchType.MatchRegex, 1)]
    [InlineData("y", Wire.ListProcessesMatchType.MatchRegex, 0)]
    public void List_OfAll_CountsThemAndListsTheFirstTenThousandWithinASecond(string pattern, Wire.ListProcessesMatchType type, int matching)
    {
        // The clock stands still, so nothing is cut; what counts is how long the thread computes.
        var (answer, took) = Ask(_node.Remote.Parts.Diagnostics, pattern, type);

        Assert.InRange(answer.Total, Count * matching, (Count * matching) + 20);
        Assert.Equal(10_000 * matching, answer.Pids.Count);
        Assert.Equal(matching > 0, answer.Truncated);
        Assert.InRange(took, TimeSpan.Zero, Answered);
    }

    /// <summary>Patterns that take exponential time elsewhere, explode into states, or are slow at each character.</summary>
    [Theory]
    [InlineData("^(x+x+)+y")]
    [InlineData("(x|xx|xxx)*y$")]
    [InlineData("^(([a-z])+.)+[A-Z]([a-z])+$")]
    [InlineData("(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^0-9x]")]
    [InlineData("x.{900}y|x.{901}z")]
    [InlineData("(x?){400}y")]
    [InlineData(@"(\w{1,90}){1,90}!")]
    [InlineData(@"((x{1,9}){1,9}){1,9}y")]
    [InlineData(@"(?i)(\p{L}\p{Lu}|\w|[x-z]|.){1,200}[^\w]$")]
    [InlineData("(((((((((((x*)*)*)*)*)*)*)*)*)*)*)*y")]
    public void List_ByTheWorstPatterns_AnswersWithinASecond(string pattern) => AssertAnswered(pattern);

    [Fact]
    public void List_ByThePatternsOfFullLength_AnswersWithinASecond()
    {
        foreach (var piece in new[] { "x*", ".?", "(x|.)", "[a-z]{9}?", "x{1,99}", "(.*x)", @"\w+\d?" })
        {
            var pattern = string.Concat(Enumerable.Repeat(piece, 255 / piece.Length)) + "!";
            AssertAnswered(pattern);
        }
    }

    /// <summary>One name that is long enough for a match of its own to take longer than the whole scan may.</summary>
    [Fact]
    public void List_ByTheWorstPatternOfOneEndlessName_IsCutAndSaysSo()
    {
        // Which of the last 300 characters were an x is more than an automaton can remember in its states.
        var random = new Random((int)TestSeed.Value);
        var name = string.Create(40_000_000, random, static (text, random) => random.GetItems<char>("xo", text));
        _node.ActorSystem.ProcessRegistry.TryAdd(name, new Nobody(_node.ActorSystem));

        // The clock of the scan stands still: nothing cuts it but the time of a match, and that of this name takes a hundred times as long.
        var options = new RemoteOptions { Diagnostics = { ScanBudget = TimeSpan.FromMilliseconds(1) }, Hooks = { TimeProvider = _stands } };
        var (answer, took) = Ask(new RemotingDiagnostics(ContextOf(options)), "(x|o.)*x.{300}[^xo]", Wire.ListProcessesMatchType.MatchRegex);

        Assert.True(answer.Truncated);
        Assert.InRange(took, TimeSpan.Zero, Answered * 2);
    }

    private void AssertAnswered(string pattern)
    {
        // The same processes under a budget that runs.
        var diagnostics = new RemotingDiagnostics(ContextOf(new RemoteOptions()));
        var before = ThreadClock.Now;
        try
        {
            var (answer, _) = Ask(diagnostics, pattern, Wire.ListProcessesMatchType.MatchRegex);
            // Of the many none matches; of those that every node has some do.
            Assert.True(answer.Truncated || answer.Total < 20, $"{answer.Total} matched.");
        }
        catch (RpcException refusal)
        {
            Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
            Assert.Contains(pattern, refusal.Status.Detail, StringComparison.Ordinal);
        }

        Assert.InRange(ThreadClock.Now - before, TimeSpan.Zero, Answered);
    }

    private NodeContext ContextOf(RemoteOptions options) => new(NodeKit.SettingsOf(_node.ActorSystem, options), _node.Address, CancellationToken.None);

    private static (Wire.ListProcessesResponse Answer, TimeSpan Took) Ask(
        RemotingDiagnostics diagnostics, string pattern, Wire.ListProcessesMatchType type)
    {
        var before = ThreadClock.Now;
        var answer = diagnostics.ListProcesses(new Wire.ListProcessesRequest { Pattern = pattern, Type = type }, isLocal: true, CancellationToken.None);
        return (answer, ThreadClock.Now - before);
    }

    /// <summary>A process that takes nothing.</summary>
    private sealed class Nobody(ActorSystem system) : Process(system)
    {
        protected override void SendUserMessage(PID pid, object message)
        {
            // Nobody is there.
        }

        protected override void SendSystemMessage(PID pid, SystemMessage message)
        {
            // Nor for these.
        }
    }
}
