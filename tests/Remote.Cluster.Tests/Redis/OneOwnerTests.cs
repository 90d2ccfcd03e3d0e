using Remote.Cluster.Tests.Servers;
using static Remote.Cluster.Tests.Redis.Storages;

namespace Remote.Cluster.Tests.Redis;

/// <summary>Many owners over several connections, with locks that run out, members and servers that are killed; <see cref="ActivationHistory"/> judges.</summary>
[Trait("Behaviour", "K-07")]
[Trait("Needs", "Servers")]
public abstract class OneOwnerRounds(RedisPersistence persistence)
{
    private const int Identities = 20;

    private static readonly int s_rounds = TestScale.IsLong ? 20 : 1;

    [Fact]
    public async Task Identities_WhileMembersAndTheServerAreKilled_RunOnceAtATime()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions(persistence));
        var cluster = NewCluster();
        await BeginAsync(server, cluster);
        var history = new ActivationHistory();
        var options = Options(cluster);
        options.LockExpiry = TimeSpan.FromMilliseconds(200);
        options.WaitTimeout = TimeSpan.FromMilliseconds(300);
        options.SettlingTime = TimeSpan.FromSeconds(2);
        var members = new List<OwnerMember>();
        try
        {
            for (var at = 0; at < 4; at++)
            {
                members.Add(await StartMemberAsync());
            }

            for (var round = 0; round < s_rounds; round++)
            {
                await MoreAsync(history, 100);
                members[0] = await ReplaceAsync(members[0], members[1..]);
                await MoreAsync(history, 100);
                await server.PauseAsync();
                await Task.Delay(300);
                await server.ResumeAsync();
                await MoreAsync(history, 100);
                await server.KillAsync();
                await server.StartAgainAsync();
                await MoreAsync(history, 100);
            }

            await Task.WhenAll(members.Select(member => member.LeaveAsync()));
        }
        finally
        {
            members.ForEach(member => member.Dispose());
        }

        Assert.Empty(history.Contradictions());
        Assert.True(history.Reads > history.Stored, $"{history.Reads} reads, {history.Stored} activations");

        Task<OwnerMember> StartMemberAsync() => OwnerMember.StartAsync(server, options, history, Identities, owners: 8, members.Count);

        async Task<OwnerMember> ReplaceAsync(OwnerMember victim, IEnumerable<OwnerMember> others)
        {
            var ended = await victim.KillAsync();
            await Task.WhenAll(others.Select(other => other.Storage.RemoveMember(victim.Id, CancellationToken.None)));
            foreach (var life in ended)
            {
                life.Removed ??= history.Now();
            }

            victim.Dispose();
            return await StartMemberAsync();
        }
    }

    private static async Task MoreAsync(ActivationHistory history, int activations)
    {
        var goal = history.Stored + activations;
        await UntilAsync(() => Task.FromResult(history.Stored >= goal), $"{activations} more activations");
    }
}

/// <summary>The server forgets everything each time.</summary>
public sealed class OneOwnerWithoutPersistenceTests() : OneOwnerRounds(RedisPersistence.None);

/// <summary>The server remembers everything.</summary>
public sealed class OneOwnerWithAppendOnlyFileTests() : OneOwnerRounds(RedisPersistence.AppendOnly);
