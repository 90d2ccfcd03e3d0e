using Etcdserverpb;
using Google.Protobuf;
using Mvccpb;
using Remote.Cluster.Etcd;
using Remote.Testing;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>What is made of lists and events, in manual time.</summary>
[Trait("Behaviour", "K-06")]
public sealed class ClusterViewTests
{
    private static readonly MemberKeys Keys = new("/prefix", "cluster");
    private static readonly MemberRecord A = new("a", "h", 1, []);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly ManualTimeProvider _time = new();
    private readonly RecordedLog _log = new();
    private readonly ClusterView _view;

    public ClusterViewTests()
    {
        var silence = new EtcdSilence(_time, TimeSpan.FromSeconds(5), Grace);
        _view = new ClusterView(new MemberSet(null, null), silence, Keys, new TopologyPublisher(_ => { }, _log), _log);
        _view.Take(new RangeResponse { Header = new ResponseHeader { Revision = 10 }, Kvs = { Entry(A, 10) } });
    }

    [Fact]
    public void Take_OfAListAndEvents_KnowsTheLastRevision()
    {
        Assert.Equal(10, _view.Revision);

        _view.Take([new Event { Kv = Entry(A with { Id = "b", Port = 2 }, 12) }, new Event { Kv = Entry(A with { Id = "c", Port = 3 }, 15) }]);

        Assert.Equal(15, _view.Revision);
        Assert.Equal(["a", "b", "c"], _view.Members.Select(member => member.Id));
    }

    [Fact]
    public void Take_OfWhatWasSeenAlready_ChangesNothing()
    {
        _view.Take([Deletion(A, 9), Deletion(A, 10)]);

        Assert.Single(_view.Members);
        Assert.Equal(10, _view.Revision);
    }

    [Fact]
    public void Take_OfADeletion_LetsGoAtOnce()
    {
        _view.Take([Deletion(A, 11)]);

        Assert.Empty(_view.Members);
    }

    [Fact]
    public void Take_OfADeletionAfterASilence_WaitsUntilTheGraceIsOver()
    {
        _time.Advance(TimeSpan.FromMinutes(1));
        _view.Take([Deletion(A, 11)]);
        Assert.Single(_view.Members);

        for (var passed = TimeSpan.Zero; passed < Grace; passed += TimeSpan.FromSeconds(4))
        {
            _view.Heard();
            Assert.Single(_view.Members);
            _time.Advance(TimeSpan.FromSeconds(4));
        }

        _view.Heard();
        Assert.Empty(_view.Members);
        Assert.True(_log.Has("EtcdMissingDropped"));
    }

    [Fact]
    public void Heard_AfterAnotherSilence_WaitsOn()
    {
        _time.Advance(TimeSpan.FromMinutes(1));
        _view.Take([Deletion(A, 11)]);
        _time.Advance(TimeSpan.FromMinutes(1));

        _view.Heard();

        Assert.Single(_view.Members);
    }

    [Fact]
    public void EtcdForgot_ThenAList_WaitsForThoseThatAreNotOnIt()
    {
        _view.EtcdForgot();

        _view.Take(new RangeResponse { Header = new ResponseHeader { Revision = 2 } });

        Assert.Single(_view.Members);
        Assert.Equal(2, _view.Revision);
    }

    /// <summary>What a node judges by is there only with all of it: its own entry, and nobody who is waited for.</summary>
    [Fact]
    public void OwnRevision_IsKnownWhileNobodyIsWaitedFor()
    {
        var own = A with { Id = "o", Port = 9 };
        var silence = new EtcdSilence(_time, TimeSpan.FromSeconds(5), Grace);
        var view = new ClusterView(new MemberSet(own, Keys.Of(own)), silence, Keys, new TopologyPublisher(_ => { }, _log), _log);
        Assert.Null(view.OwnRevision);
        view.Take(new RangeResponse { Header = new ResponseHeader { Revision = 12 }, Kvs = { Entry(A, 10), Entry(own, 12) } });
        Assert.Equal(12, view.OwnRevision);

        _time.Advance(TimeSpan.FromMinutes(1));
        var changed = view.Changes.Next;
        view.Take([Deletion(A, 13)]);

        Assert.True(changed.IsCompleted);
        Assert.Null(view.OwnRevision);
        Assert.Empty(view.Registered);
        view.Take([new Event { Kv = Entry(A with { Blocks = ["o"] }, 14) }]);
        Assert.Equal((12, "a", 14), (view.OwnRevision, view.Registered[0].Id, view.Registered[0].Registered));
        Assert.Equal(["o"], view.Registered[0].Blocks);
        view.Take([Deletion(own, 15)]);
        Assert.Null(view.OwnRevision);
    }

    private static KeyValue Entry(MemberRecord record, long revision) =>
        new() { Key = ByteString.CopyFromUtf8(Keys.Of(record)), Value = MemberRecordFormat.Write(record), ModRevision = revision, CreateRevision = revision };

    private static Event Deletion(MemberRecord record, long revision) => new()
    {
        Type = Event.Types.EventType.Delete,
        Kv = new KeyValue { Key = ByteString.CopyFromUtf8(Keys.Of(record)), ModRevision = revision },
    };
}
