namespace Backpressure;

/// <summary>Looks at the statistics, the journal and the consumer now and then.</summary>
internal sealed class Sampler(ProducerNode node, Flood flood, Func<long> taken, TimeProvider time)
{
    private readonly Rate _offered = new(time), _accepted = new(time), _givenUp = new(time), _taken = new(time);
    private int _known;

    public Sample Next()
    {
        var lane = node.Lane;
        var letters = node.Journal.DeadLetters;
        var news = node.Journal.Since(_known);
        _known += news.Count;
        var takenInAll = taken();
        return new Sample(
            node.Journal.Elapsed,
            !flood.IsOver,
            lane,
            _offered.Next(lane.Offered),
            _accepted.Next(lane.Accepted),
            _givenUp.Next(letters.Values.Sum(entry => entry.Count)),
            _taken.Next(takenInAll),
            takenInAll,
            letters,
            news);
    }
}
