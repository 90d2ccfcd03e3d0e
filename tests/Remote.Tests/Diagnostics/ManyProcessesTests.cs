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
    private const int Neighbours = 4;

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
        for (var again = 0; took > Answered && again < Neighbours; again++)
        {
            // A neighbour on the same core makes a computation longer, and code that is not compiled to the end; each time it would be the scan's.
            (answer, took) = Ask(_node.Remote.Parts.Diagnostics, pattern, type);
        }

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

    /// <summary>One name for which a match of its own takes far longer than the whole scan may; the longest that is matched, and one that is not.</summary>
    [Theory]
    [InlineData(ProcessPattern.MaxMatchedLength)]
    [InlineData(2_000_000)]
    public void List_ByTheWorstPatternOfOneLongName_IsCutAndSaysSo(int length)
    {
        // Which of the last ninety characters were an x is more than an automaton can remember in its states.
        const string Pattern = "(.*x.{90}o)+y";
        var random = new Random((int)TestSeed.Value);
        var name = string.Create(length, random, static (text, random) => random.GetItems<char>("xo", text));
        var system = new ActorSystem();
        Assert.True(system.ProcessRegistry.TryAdd(name, new Nobody(system)).ok);

        // The clock of the scan stands still: only the limits of one match are left to cut it.
        var options = new RemoteOptions { Diagnostics = { ScanBudget = TimeSpan.FromMilliseconds(10) } };
        var (answer, took) = Ask(new RemotingDiagnostics(ContextOf(system, options, _stands)), Pattern, Wire.ListProcessesMatchType.MatchRegex);

        Assert.True(answer.Truncated);
        Assert.InRange(took, TimeSpan.Zero, Answered);
    }

    [Fact]
    public void List_ByRegex_PassesOverNamesTooLong_AndFindsTheRest()
    {
        var system = new ActorSystem();
        var (longest, tooLong) = (new string('x', ProcessPattern.MaxMatchedLength), new string('x', ProcessPattern.MaxMatchedLength + 1));
        Assert.All([tooLong, longest, "xylophone"], name => Assert.True(system.ProcessRegistry.TryAdd(name, new Nobody(system)).ok));
        var diagnostics = new RemotingDiagnostics(ContextOf(system, new RemoteOptions(), _stands));

        var (matched, _) = Ask(diagnostics, "^x+", Wire.ListProcessesMatchType.MatchRegex);
        var (contained, _) = Ask(diagnostics, "xx", Wire.ListProcessesMatchType.MatchPartOfString);

        Assert.Equal((2, true), (matched.Total, matched.Truncated));
        Assert.Equal((2, false), (contained.Total, contained.Truncated));
    }

    private void AssertAnswered(string pattern)
    {
        var diagnostics = new RemotingDiagnostics(OfRealTime());
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

    /// <summary>The same processes under a budget that runs.</summary>
    private NodeContext OfRealTime() => ContextOf(_node.ActorSystem, new RemoteOptions(), TimeProvider.System);

    private NodeContext ContextOf(ActorSystem system, RemoteOptions options, TimeProvider time) =>
        new(NodeKit.SettingsOf(system, options, new TestSetup { TimeProvider = time }), _node.Address, CancellationToken.None);

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
