using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Remote.Tests;

[Trait("Behaviour", "O-02")]
public sealed class ReadyVerdictTests
{
    private static readonly ReadySnapshot Running = new(NodePhase.Running);

    [Fact]
    public void Of_ANodeThatRuns_IsHealthy()
    {
        Assert.Equal(HealthStatus.Healthy, ReadyVerdict.Of(Running).Status);
        Assert.Equal(HealthStatus.Healthy, ReadyVerdict.Of(Running with { IsMember = true }).Status);
    }

    [Fact]
    public void Of_WhatTakesNoWork_IsUnhealthyAndSaysWhy()
    {
        AssertRefused("has not started", new ReadySnapshot(NodePhase.BeforeStart));
        AssertRefused("shutting down", new ReadySnapshot(NodePhase.Over));
        AssertRefused("listener", Running with { IsListening = false });
        AssertRefused("not a member", Running with { IsMember = false });

        static void AssertRefused(string why, ReadySnapshot node)
        {
            var verdict = ReadyVerdict.Of(node);
            Assert.Equal(HealthStatus.Unhealthy, verdict.Status);
            Assert.Contains(why, verdict.Description, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(EndpointState.Idle, false, true)]
    [InlineData(EndpointState.Idle, true, true)]
    [InlineData(EndpointState.Connecting, false, true)]
    [InlineData(EndpointState.Connecting, true, false)]
    [InlineData(EndpointState.Connected, true, true)]
    [InlineData(EndpointState.Backoff, true, false)]
    public void Of_AnEndpointByItsState(EndpointState state, bool hasFailed, bool isWell) => AssertWell(isWell, new PeerCondition("a:1", state) { HasFailed = hasFailed });

    [Theory]
    [InlineData(EndpointTerminatedReason.Unreachable, false)]
    [InlineData(EndpointTerminatedReason.Refused, false)]
    [InlineData(EndpointTerminatedReason.ControlOverflow, false)]
    [InlineData(EndpointTerminatedReason.OwnAddress, false)]
    [InlineData(EndpointTerminatedReason.PeerLeft, true)]
    [InlineData(EndpointTerminatedReason.Shutdown, true)]
    [InlineData(EndpointTerminatedReason.Blocked, true)]
    [InlineData(EndpointTerminatedReason.ClientLost, true)]
    [InlineData(EndpointTerminatedReason.Merged, true)]
    [InlineData(EndpointTerminatedReason.Disconnected, true)]
    [InlineData(EndpointTerminatedReason.IncarnationEnded, true)]
    [InlineData(EndpointTerminatedReason.Idle, true)]
    public void Of_AClosedEndpointByItsReason_ForAWhile(EndpointTerminatedReason why, bool isWell)
    {
        var closed = new PeerCondition("a:1", EndpointState.Closed) { ClosedBecause = why };

        AssertWell(isWell, closed with { ClosedFor = PeerCondition.Lately });
        AssertWell(true, closed with { ClosedFor = PeerCondition.Lately + TimeSpan.FromTicks(1) });
        AssertWell(true, closed with { ClosedBecause = null });
    }

    /// <summary>A reason that is new has to be judged in the test above.</summary>
    [Fact]
    public void EveryReason_IsJudged() => Assert.Equal(12, Enum.GetValues<EndpointTerminatedReason>().Length);

    [Theory]
    [InlineData(BackpressureLevel.Normal, true)]
    [InlineData(BackpressureLevel.Warning, false)]
    [InlineData(BackpressureLevel.Critical, false)]
    public void Of_AThrottledPeer_IsDegraded(BackpressureLevel level, bool isWell)
    {
        AssertWell(isWell, new PeerCondition("a:1", EndpointState.Connected) { Level = level });
        AssertWell(isWell, new PeerCondition("$client/a", EndpointState.Connected) { Level = level });
    }

    /// <summary>A tool that was ended, or a laptop that was closed.</summary>
    [Theory]
    [InlineData(EndpointState.Backoff)]
    [InlineData(EndpointState.Closed)]
    public void Of_ANodeWithoutAListenerThatIsGone_IsHealthy(EndpointState state) =>
        AssertWell(true, new PeerCondition("$client/a", state) { HasFailed = true, ClosedBecause = EndpointTerminatedReason.Unreachable });

    [Fact]
    public void Of_Peers_SaysAFewWordsOfEach()
    {
        var verdict = ReadyVerdict.Of(Running with
        {
            Peers =
            [
                new PeerCondition("a:1", EndpointState.Connected),
                new PeerCondition("b:1", EndpointState.Connected) { Level = BackpressureLevel.Warning, Waiting = 70, Capacity = 100 },
                new PeerCondition("c:1", EndpointState.Backoff) { Waiting = 3, Capacity = 100 },
                new PeerCondition("d:1", EndpointState.Closed) { ClosedBecause = EndpointTerminatedReason.Unreachable },
                new PeerCondition("e:1", EndpointState.Closed),
                new PeerCondition("f:1", EndpointState.Backoff) { Level = BackpressureLevel.Critical, Waiting = 90, Capacity = 100 },
            ],
        });

        Assert.Equal(
            ["a:1 Connected", "b:1 Connected, Warning: 70 of 100 wait", "c:1 Backoff, 3 wait", "d:1 Closed (Unreachable)", "e:1 Closed", "f:1 Backoff, Critical: 90 of 100 wait"],
            verdict.Data.Select(entry => $"{entry.Key} {entry.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(
            "4 of 6 peers are out of reach or slow: f:1 Backoff, Critical: 90 of 100 wait; b:1 Connected, Warning: 70 of 100 wait; c:1 Backoff, 3 wait; ...",
            verdict.Description);
    }

    /// <summary>However many there are: those that matter are told of, the others counted, and peers are never a reason to be taken out of service.</summary>
    [Fact]
    public void Of_AnyPeers_IsBoundedAndTellsOfTheWorstFirst() => Check.One(
        SeededConfig.Times(200),
        Prop.ForAll(Conditions.ToArbitrary(), peers =>
        {
            var verdict = ReadyVerdict.Of(Running with { Peers = peers });
            var leftOut = (int)verdict.Data.GetValueOrDefault(ReadyVerdict.LeftOut, 0);
            var told = verdict.Data.Keys.Where(key => key != ReadyVerdict.LeftOut).ToHashSet();
            var unwell = peers.Where(peer => peer.IsUnwell).ToList();

            Assert.Equal(unwell.Count > 0 ? HealthStatus.Degraded : HealthStatus.Healthy, verdict.Status);
            Assert.Equal(peers.Length, told.Count + leftOut);
            Assert.InRange(told.Count, 0, ReadyVerdict.MaxPeers);
            Assert.Equal(Math.Min(unwell.Count, ReadyVerdict.MaxPeers), unwell.Count(peer => told.Contains(peer.Address)));
            Assert.InRange(verdict.Description.Length, 1, 500);
        }));

    private static Gen<PeerCondition[]> Conditions =>
        from count in Gen.Choose(0, 3 * ReadyVerdict.MaxPeers)
        from share in Gen.Choose(0, 100)
        from dice in Gen.Choose(0, 99).ArrayOf(count)
        from states in Gen.Elements(Enum.GetValues<EndpointState>()).ArrayOf(count)
        from levels in Gen.Elements(Enum.GetValues<BackpressureLevel>()).ArrayOf(count)
        select (PeerCondition[])
        [
            .. Enumerable.Range(0, count).Select(index => dice[index] < share
                ? new PeerCondition($"peer{index}:1", states[index]) { Level = levels[index], ClosedBecause = EndpointTerminatedReason.Unreachable }
                : new PeerCondition($"peer{index}:1", EndpointState.Connected)),
        ];

    private static void AssertWell(bool isWell, PeerCondition peer) =>
        Assert.Equal(isWell ? HealthStatus.Healthy : HealthStatus.Degraded, ReadyVerdict.Of(Running with { Peers = [peer] }).Status);
}
