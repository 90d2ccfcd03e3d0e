using FsCheck;
using FsCheck.Fluent;

namespace Remote.Tests.Links.Model;

/// <summary>What can happen to a link. The argument of a step says how many, or which one.</summary>
internal enum LinkAction
{
    /// <summary>The application sends user messages.</summary>
    Send,

    /// <summary>The application sends messages that go ahead.</summary>
    SendPriority,

    /// <summary>A watch is sent.</summary>
    SendControl,

    /// <summary>The application sends a message that the peer cannot read.</summary>
    SendPoison,

    /// <summary>The writer makes a batch of what waits.</summary>
    Encode,

    /// <summary>The writer begins to write the next batch.</summary>
    Write,

    /// <summary>The write completes.</summary>
    Written,

    /// <summary>A stream's next frame reaches the acceptor, maybe a former stream's.</summary>
    Arrive,

    /// <summary>The acceptor acknowledges.</summary>
    SendAck,

    /// <summary>The dialler reads the next thing that the acceptor said.</summary>
    Read,

    /// <summary>An acknowledgement of this stream is seen again.</summary>
    RepeatAck,

    /// <summary>An actor takes messages.</summary>
    Take,

    /// <summary>The dialler loses its stream; the acceptor has not noticed.</summary>
    DiallerCut,

    /// <summary>The acceptor loses or gives up a stream.</summary>
    AcceptorCut,

    /// <summary>The dialler dials, whether or not an earlier handshake is still under way.</summary>
    Dial,

    /// <summary>A handshake reaches the acceptor, maybe one that nobody waits for any more.</summary>
    HandshakeArrives,

    /// <summary>The dialler's endpoint closes; the next message makes another life of it.</summary>
    Close,

    /// <summary>The dialler leaves in good order, if it has nothing left to say.</summary>
    Leave,

    /// <summary>The acceptor's process is replaced by a new one.</summary>
    RestartAcceptor,

    /// <summary>Time passes.</summary>
    Wait,
}

/// <summary>One step of a case.</summary>
internal readonly record struct LinkStep(LinkAction Action, int Number)
{
    public override string ToString() => $"{Action}({Number})";
}

/// <summary>
/// Random cases: mostly traffic, some cuts, now and then a catastrophe. Single steps alone would seldom get as far as a full window, so they
/// are mixed with short runs of steps that usually follow one another.
/// </summary>
internal static class LinkSteps
{
    private static readonly LinkAction[] Connect = [LinkAction.Dial, LinkAction.HandshakeArrives, LinkAction.Read];
    private static readonly LinkAction[] Flow = [LinkAction.Encode, LinkAction.Write, LinkAction.Written, LinkAction.Arrive];
    private static readonly LinkAction[] Burst =
    [
        LinkAction.Send, LinkAction.Encode, LinkAction.Write, LinkAction.Written, LinkAction.Encode, LinkAction.Write, LinkAction.Written,
        LinkAction.SendControl, LinkAction.Encode, LinkAction.Write, LinkAction.Written,
    ];

    private static readonly LinkAction[] Drain = [LinkAction.Arrive, LinkAction.Arrive, LinkAction.Take, LinkAction.SendAck, LinkAction.Read];
    private static readonly LinkAction[] FastAck = [LinkAction.Encode, LinkAction.Write, LinkAction.Arrive, LinkAction.SendAck, LinkAction.Read, LinkAction.Written];
    private static readonly LinkAction[] Recut = [LinkAction.DiallerCut, .. Connect];

    private static readonly (int Weight, LinkAction[] Actions)[] Traffic =
    [
        (12, [LinkAction.Send]), (4, [LinkAction.SendPriority]), (3, [LinkAction.SendControl]), (8, [LinkAction.Encode]), (8, [LinkAction.Write]), (6, [LinkAction.Written]),
        (8, [LinkAction.Arrive]), (6, [LinkAction.SendAck]), (8, [LinkAction.Read]), (3, [LinkAction.RepeatAck]), (6, [LinkAction.Take]),
        (3, [LinkAction.DiallerCut]), (3, [LinkAction.AcceptorCut]), (5, [LinkAction.Dial]), (5, [LinkAction.HandshakeArrives]),
        (8, Connect), (12, Flow), (10, Burst), (10, Drain), (4, FastAck), (4, Recut),
    ];

    private static readonly (int Weight, LinkAction[] Actions)[] Catastrophes =
    [
        (1, [LinkAction.SendPoison]), (1, [LinkAction.Close]), (4, [LinkAction.Leave]), (1, [LinkAction.RestartAcceptor]), (3, [LinkAction.Wait]),
    ];

    /// <summary>Cuts of every kind, but the link always resumes: nothing may be lost.</summary>
    internal static Arbitrary<LinkStep[]> OnlyCuts { get; } = Of(Traffic);

    internal static Arbitrary<LinkStep[]> Everything { get; } = Of([.. Traffic, .. Catastrophes]);

    private static Arbitrary<LinkStep[]> Of((int Weight, LinkAction[] Actions)[] weights)
    {
        var run = Gen.Frequency(weights.Select(entry => (entry.Weight, Gen.Constant(entry.Actions))));
        var steps = run.SelectMany(actions => Gen.Choose(0, 7).ArrayOf(actions.Length)
            .Select(numbers => actions.Zip(numbers, (action, number) => new LinkStep(action, number)).ToArray()));
        var cases = Gen.Choose(0, 80).SelectMany(length => steps.ArrayOf(length)).Select(runs => runs.SelectMany(run => run).ToArray());
        return Arb.From(cases, Shrink);
    }

    /// <summary>Leaves out ever smaller parts, then makes numbers smaller.</summary>
    private static IEnumerable<LinkStep[]> Shrink(LinkStep[] steps)
    {
        for (var part = steps.Length; part > 0; part /= 2)
        {
            for (var start = 0; start + part <= steps.Length; start += part)
            {
                yield return [.. steps[..start], .. steps[(start + part)..]];
            }
        }

        for (var index = 0; index < steps.Length; index++)
        {
            if (steps[index].Number > 0)
            {
                var smaller = steps.ToArray();
                smaller[index] = smaller[index] with { Number = 0 };
                yield return smaller;
            }
        }
    }
}
