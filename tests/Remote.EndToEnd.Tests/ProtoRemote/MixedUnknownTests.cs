using Remote.ProtoPeer;

namespace Remote.EndToEnd.Tests;

/// <summary>Messages of types that the other node does not know, as in the middle of a rolling upgrade.</summary>
[Trait("Behaviour", "Z-02")]
public sealed class MixedUnknownTests
{
    public static TheoryData<string> Roles => MixedPair.Roles;

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task MessageOfAnUnknownType_BothWays_CostsItselfOnly(string roles)
    {
        await using var pair = await MixedPair.StartAsync(roles);

        await pair.Theirs.TellAsync($"send {pair.AtOurs("record")} kind=unknown");
        await pair.Theirs.TellAsync($"send {pair.AtOurs("record")}");
        pair.Ours.Root.Send(pair.AtTheirs("record"), new TestNode.Numbered { Number = 7 });
        await pair.Ours.AskAsync(pair.AtTheirs("record"), "are you there?");
        pair.Ours.Root.Send(pair.AtTheirs("record"), new Numbered { Number = 1 });

        Assert.Equal(1, (await pair.Ours.Received.NextAsync<Numbered>(ceiling: Waiting.Ceiling)).Number);
        var letter = await pair.Ours.Events.NextAsync<RemoteDeadLetterEvent>(ceiling: Waiting.Ceiling);
        Assert.Equal((DeadLetterReason.UnknownType, "record"), (letter.Reason, letter.Pid.Id));
        Assert.Equal("received=1 last=1 disordered=0", await pair.Ours.AskAsync(pair.AtTheirs("record"), "what have you got?"));
        Assert.Empty(pair.Ours.Events.Of<EndpointReconnecting>());
    }
}
