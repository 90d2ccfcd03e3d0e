using System.Globalization;
using System.Text.Json;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>Harms one cluster in every way, one after the other, while it is asked all the time, and says what each cost.</summary>
internal sealed class FaultRun(TestCluster cluster, int identities)
{
    /// <summary>The fault after which both sides go on where nobody tells them apart.</summary>
    public const string CutOff = "cut off 10 s";

    private const int Third = TestCluster.Founders - 1, Fourth = TestCluster.Founders;

    /// <summary>Longer than the heartbeats of a silent member are waited for (<see cref="ClusterTimings.Quick"/>).</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    // After it the member that should have left is ended by hand, on either remoting.
    private static readonly TimeSpan UntilPutOut = TimeSpan.FromSeconds(10);

    private int _from;

    /// <summary>All of them; between two faults the cluster is whole again.</summary>
    public async IAsyncEnumerable<FaultRow> AllAsync()
    {
        yield return await KillAsync();
        yield return await LeaveAsync();
        yield return await PauseAsync();
        yield return await CutOffAsync();
        yield return await JoinAsync();
        yield return await UnderLoadAsync("second, third restarted", cluster.First, () => RestartAsync(1, 2));
        yield return await UnderLoadAsync("first restarted", cluster.Second, () => RestartAsync(0));
    }

    public async Task<FaultRow> KillAsync()
    {
        return await ReplaceAsync(await UnderLoadAsync("killed", cluster.First, () => cluster.Third.KillAsync()));
    }

    private async Task<FaultRow> LeaveAsync()
    {
        return await ReplaceAsync(await UnderLoadAsync("left", cluster.First, () => cluster.Third.LeaveAsync()));
    }

    private async Task<FaultRow> PauseAsync()
    {
        return await ReplaceAsync(await UnderLoadAsync("paused 10 s", cluster.First, () => cluster.Third.PauseAsync(Silence)));
    }

    private async Task<FaultRow> CutOffAsync()
    {
        return await ReplaceAsync(await UnderLoadAsync(CutOff, cluster.First, () => CutOffForAWhileAsync()));
    }

    private async Task<FaultRow> JoinAsync()
    {
        var row = await UnderLoadAsync("a fourth joins", cluster.First, () => cluster.StartAsync(Fourth));
        await cluster.Members[Fourth].LeaveAsync();
        await cluster.ForgetAsync(Fourth);
        return await ReplaceAsync(row, harmed: Fourth);
    }

    /// <summary>They leave and come back, one after the other; one that stays is the one that asks.</summary>
    private async Task RestartAsync(params int[] places)
    {
        foreach (var place in places)
        {
            await cluster.Members[place].LeaveAsync();
            await cluster.StartAsync(place);
        }
    }

    private string AskAll() => string.Create(CultureInfo.InvariantCulture, $"ask from={_from} count={identities} timeout=5000 ceiling=60000");

    private async Task CutOffForAWhileAsync()
    {
        cluster.Cutter.Cut();
        await Task.Delay(Silence);
        cluster.Cutter.Heal();
    }

    /// <summary>Harms, and asks meanwhile; when it is over, the third member is in the cluster or at its end.</summary>
    private async Task<FaultRow> UnderLoadAsync(string fault, MemberNode asker, Func<Task> harmAsync)
    {
        // Identities that nobody has asked before, so that some of them live on each member when the fault begins: those of before stay where they are with
        // most lookups, and that is not on a member which came later.
        _from += identities;
        var (since, onTheThird) = (CounterActor.Now, 0);
        try
        {
            await asker.TellAsync(AskAll());
            (since, onTheThird) = (CounterActor.Now, cluster.Ledger.Running().GetValueOrDefault(cluster.Third));
            await asker.TellAsync(string.Create(CultureInfo.InvariantCulture, $"load from={_from} count={identities} at-once=20 timeout=5000"));
            var harm = harmAsync();
            var asked = asker.TellAsync(AskAll(), TimeSpan.FromSeconds(100));
            await harm;
            var all = await asked;
            var (remark, isUndecided) = await EndAsync();
            var load = await asker.TellAsync("load-end");
            var ended = CounterActor.Now;
            var (doubled, longest, thrice) = cluster.Ledger.Doubled(since, ended);
            var (besides, where) = cluster.Ledger.DoubledBesides(cluster.Third, since, ended);
            return new FaultRow
            {
                Fault = fault,
                OnTheThird = onTheThird,
                Doubled = doubled,
                LongestDoubled = longest,
                LongestBesides = besides,
                Besides = where,
                Thrice = thrice,
                IsUndecided = isUndecided,
                Asked = all.GetProperty("asked").GetInt64() + load.GetProperty("asked").GetInt64(),
                Failures = Failures(all, load),
                FailedAfter = FailedAfter(all, load),
                Silent = all.GetProperty("silent").GetInt32(),
                UntilAllAnswer = TimeSpan.FromSeconds(all.GetProperty("seconds").GetDouble()),
                Remark = remark,
            };
        }
        catch (MemberEndedException) when (asker.Plan.Remoting == MemberPlan.Proto)
        {
            // It happens to Proto.Remote, and must not happen to ours: whoever asks took part in nothing.
            var ended = CounterActor.Now;
            var (doubled, longest, thrice) = cluster.Ledger.Doubled(since, ended);
            var (besides, where) = cluster.Ledger.DoubledBesides(cluster.Third, since, ended);
            return new FaultRow
            {
                Fault = fault,
                OnTheThird = onTheThird,
                Doubled = doubled,
                LongestDoubled = longest,
                LongestBesides = besides,
                Besides = where,
                Thrice = thrice,
                Asked = 0,
                Failures = [],
                Silent = 0,
                UntilAllAnswer = TimeSpan.Zero,
                Remark = "nobody knows: the member that asked was put out",
            };
        }
    }

    /// <summary>A member that the others have put out is to end by itself. One that does not is ended.</summary>
    private async Task<(string Remark, bool IsUndecided)> EndAsync()
    {
        var third = cluster.Third;
        if (third.HasEnded)
        {
            return ("", false);
        }

        var state = await cluster.First.TellAsync("status");
        if (state.GetProperty("members").EnumerateArray().Any(id => id.GetString() == third.Id))
        {
            return ("it stayed a member", false);
        }

        if (await Task.WhenAny(third.Left, Task.Delay(UntilPutOut)) == third.Left)
        {
            await third.PutOutAsync();
            return ("it left by itself", false);
        }

        await third.KillAsync();
        return (string.Create(CultureInfo.InvariantCulture, $"it did not leave within {UntilPutOut.TotalSeconds} s and was killed"), true);
    }

    /// <summary>
    /// Makes the cluster whole again. A member that stayed one may be put out after all while the others are waited for, and one that did nothing
    /// may be put out by the one that was away.
    /// </summary>
    private async Task<FaultRow> ReplaceAsync(FaultRow row, int harmed = Third)
    {
        var others = 0;
        do
        {
            foreach (var place in Enumerable.Range(0, TestCluster.Founders).Where(place => cluster.Members[place].HasEnded))
            {
                others += place == harmed ? 0 : 1;
                await cluster.StartAsync(place);
            }
        }
        while (!await SettledAsync());

        return others == 0 ? row : row with { OthersPutOut = others };
    }

    private async Task<bool> SettledAsync()
    {
        try
        {
            await cluster.SettledAsync();
            return true;
        }
        catch (MemberEndedException)
        {
            return false;
        }
        catch (TimeoutException) when (cluster.First.Plan.Remoting == MemberPlan.Proto)
        {
            // It happens to Proto.Remote, and must not happen to ours: a member that the others have put out goes on by itself, and nobody tells it.
            await cluster.KillThoseOutsideAsync();
            return false;
        }
    }

    private static TimeSpan FailedAfter(params JsonElement[] tallies) => TimeSpan.FromSeconds(
        tallies.Sum(tally => tally.GetProperty("secondsFailing").GetDouble()) / Math.Max(1, Failures(tallies).Values.Sum()));

    private static Dictionary<string, long> Failures(params JsonElement[] tallies) => tallies
        .SelectMany(tally => tally.GetProperty("failures").EnumerateObject())
        .GroupBy(failure => failure.Name, failure => failure.Value.GetInt64())
        .ToDictionary(group => group.Key, group => group.Sum());
}
