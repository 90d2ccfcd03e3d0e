using Google.Protobuf;
using Grpc.Core;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A peer leaves: what it said on its own stream before counts, however the two streams race.</summary>
[Trait("Behaviour", "W-01")]
public sealed class WatchLeaveTests : ReplayTests
{
    private static readonly TimeSpan HearOutAtMost = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task PeerSaysThatATargetStopped_AfterOurStreamToItEnded_IsHeard()
    {
        await using var leaving = await Leaving.StartAsync();

        await leaving.Theirs.WriteAsync(Batch(new Protocol.Terminated { Who = new Protocol.PID { Address = leaving.Target.Address, Id = "target" } }, "watcher"));
        await leaving.Theirs.HalfCloseAsync();

        await leaving.ExpectAsync(TerminatedReason.Stopped);
    }

    [Fact]
    public async Task PeerKeepsItsStream_IsNotWaitedForLong()
    {
        await using var leaving = await Leaving.StartAsync();

        leaving.Time.Advance(HearOutAtMost);

        await leaving.ExpectAsync(TerminatedReason.AddressTerminated);
    }

    /// <summary>A played peer that is watched and has left as far as our stream to it goes.</summary>
    private sealed class Leaving(ManualTimeProvider time, TestNode node, ReplayPeer peer, ReplayStream theirs, PID watcher, PID target) : IAsyncDisposable
    {
        public ManualTimeProvider Time { get; } = time;

        public ReplayStream Theirs { get; } = theirs;

        public PID Target { get; } = target;

        public static async Task<Leaving> StartAsync()
        {
            var time = new ManualTimeProvider();
            var node = await TestNode.StartAsync(time: time);
            var recorded = new RecordedNode("peer", "", "0123456789abcdef0123456789abcdef", IsClient: false);
            var peer = await ReplayPeer.StartAsync(recorded, null, () => node.Address, new ReplayLog());
            var target = new PID(peer.Address, "target");
            var watcher = WatchPair.SpawnWatcher(node);
            await WatchPair.WatchAsync(node, watcher, target);
            var ours = await peer.AcceptAsync("ours");
            await ours.NextAsync("the handshake");
            await ours.WriteAsync(new Protocol.RemoteMessage { ConnectResponse = new() { MemberId = recorded.MemberId } }.ToByteArray());
            await ours.NextAsync("the Watch");
            var theirs = await peer.DialAsync("theirs");
            await theirs.WriteAsync(new Protocol.RemoteMessage
            {
                ConnectRequest = new() { ServerConnection = new() { MemberId = recorded.MemberId, Address = peer.Address } },
            }.ToByteArray());
            await theirs.NextAsync("the answer to the handshake");

            await ours.WriteAsync(new Protocol.RemoteMessage { DisconnectRequest = new() }.ToByteArray());
            await ours.NextAsync("the end of our stream");
            ours.Release(Status.DefaultSuccess);
            var ended = node.Events.WaitForCountAsync<EndpointTerminated>(1);
            var waiting = time.WaitForTimerAsync(HearOutAtMost);
            Assert.True(await Task.WhenAny(waiting, ended) == waiting, "The endpoint ended before its peer had its say.");
            await waiting;
            return new Leaving(time, node, peer, theirs, watcher, target);
        }

        public async Task ExpectAsync(TerminatedReason why)
        {
            var told = await WatchPair.NextAsync(node);
            Assert.Equal((Target, why), (told.Who, told.Why));
            Assert.Equal(EndpointTerminatedReason.PeerLeft, (await node.Events.NextAsync<EndpointTerminated>()).Reason);
            await node.Root.PoisonAsync(watcher).Within("stopping the watcher");
            Assert.Single(node.Events.Of<Receipt>(), receipt => receipt.Message is Terminated);
        }

        public async ValueTask DisposeAsync()
        {
            await peer.DisposeAsync();
            await node.DisposeAsync();
        }
    }
}
