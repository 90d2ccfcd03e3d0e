using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Proto;
using Proto.Cluster;
using Proto.Cluster.PubSub;
using ProtoCluster = Proto.Cluster.Cluster;

namespace Remote.ClusterNode;

/// <summary>The subscribers and the publisher of a member.</summary>
internal sealed class Topics(ProtoCluster cluster)
{
    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(30);

    private readonly ConcurrentBag<SubscriberLedger> _ledgers = [];

    /// <summary>Subscribes so many new actors of this member.</summary>
    public async Task<JsonNode> SubscribeAsync(string topic, int count, TimeSpan pace)
    {
        for (var number = 0; number < count; number++)
        {
            var ledger = new SubscriberLedger(string.Create(CultureInfo.InvariantCulture, $"{topic}-{_ledgers.Count}"), pace > TimeSpan.Zero);
            _ledgers.Add(ledger);
            var subscriber = cluster.System.Root.SpawnNamed(Props.FromProducer(() => new SubscriberActor(ledger, pace)), ledger.Name);
            await cluster.Subscribe(topic, subscriber);
        }

        return count;
    }

    /// <summary>
    /// Publishes numbers from one on, a batch at a time, each after the publisher was told of the one before. Says which batches it was told
    /// were delivered, and which failed.
    /// </summary>
    public async Task<JsonNode> PublishAsync(string topic, int from, int count, int batchSize, int payloadBytes)
    {
        var payload = ByteString.CopyFrom(new byte[payloadBytes]);
        var publisher = cluster.Publisher();
        var (delivered, failures) = (new JsonArray(), new Dictionary<string, int>());
        for (var first = from; first < from + count; first += batchSize)
        {
            var last = Math.Min(first + batchSize, from + count) - 1;
            var numbers = Enumerable.Range(first, last - first + 1).Select(number => new Numbered { Number = number, Payload = payload });
            if (await PublishAsync(publisher, topic, numbers) is { } reason)
            {
                failures[reason] = failures.GetValueOrDefault(reason) + last - first + 1;
            }
            else
            {
                delivered.Add(new JsonArray(first, last));
            }
        }

        return new JsonObject
        {
            ["delivered"] = delivered,
            ["failures"] = new JsonObject(failures.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        };
    }

    /// <summary>What each subscriber of this member has of these ranges.</summary>
    public JsonNode Received(IReadOnlyList<(long From, long To)> ranges) =>
        new JsonArray([.. _ledgers.OrderBy(ledger => ledger.Name, StringComparer.Ordinal).Select(ledger => ledger.Report(ranges))]);

    /// <summary>The address of the member where the topic lives; it is activated if need be.</summary>
    public async Task<JsonNode?> WhereAsync(string topic) =>
        (await cluster.GetAsync(ClusterIdentity.Create(topic, TopicActor.Kind), CancellationTokens.WithTimeout(PublishTimeout)))?.Address;

    /// <returns>Why it failed; <see langword="null"/> when the publisher was told that it was delivered.</returns>
    private static async Task<string?> PublishAsync(IPublisher publisher, string topic, IEnumerable<Numbered> numbers)
    {
        try
        {
            var response = await publisher.PublishBatch(topic, numbers, CancellationTokens.WithTimeout(PublishTimeout));
            return response is { Status: PublishStatus.Ok } ? null : $"answered {response?.Status.ToString() ?? "nothing"}";
        }
        catch (Exception exception)
        {
            return exception.GetType().Name;
        }
    }
}
