using System.Globalization;
using Remote;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Backpressure;

/// <summary>The moving picture: the lane, its past, the flow, the losses, and what was published.</summary>
internal sealed class Picture
{
    private const int LabelWidth = 14;
    private const int NumberWidth = 22;
    private const int NewsShown = 7;

    private static readonly BackpressureOptions Levels = new();

    private readonly int _width;
    private readonly Queue<(double Fill, BackpressureLevel Level)> _past = new();
    private readonly Queue<Happening> _news = new();
    private double _scale = 1;

    /// <param name="consoleWidth">Characters per line.</param>
    public Picture(int consoleWidth) => _width = Math.Clamp(consoleWidth - LabelWidth - NumberWidth - 6, 10, 72);

    public IRenderable Draw(Sample sample)
    {
        Remember(sample);
        var lane = sample.Lane;
        return new Rows(
        [
            new Markup($"[bold]{lane.State}[/] to {Markup.Escape(lane.Address)}  {Text($"{sample.At.TotalSeconds:F1}")} s  {Phase(sample)}"),
            new Text(""),
            Line("lane", Bar.Of(sample.Fill, _width, Bar.Colour(lane.Level)), Text($"{lane.QueueLength:N0} of {lane.QueueCapacity:N0}")),
            Line("", Ruler(), $"[bold {Bar.Colour(lane.Level)}]{lane.Level}[/]"),
            Line("so far", string.Concat(_past.Select(one => Bar.Column(one.Fill, one.Level))), ""),
            new Text(""),
            Flow("offered", sample.Offered, "deepskyblue1"),
            Flow("accepted", sample.Accepted, "green"),
            Flow("given up", sample.GivenUp, "red"),
            Flow("taken", sample.Taken, "grey70"),
            Line("waiting", Waiters(lane.Waiters), Text($"{lane.Waiters:N0} SendAsync")),
            new Text(""),
            .. Letters(sample),
            new Text(""),
            .. _news.Select(Story),
        ]);
    }

    private string Ruler() => _width < 40
        ? Bar.Ruler(_width, (Levels.Warning, "60"), (Levels.Critical, "85"))
        : Bar.Ruler(_width, (Levels.Warning, "Warning"), (Levels.Critical, "Critical"));

    private void Remember(Sample sample)
    {
        _past.Enqueue((sample.Fill, sample.Lane.Level));
        if (_past.Count > _width)
        {
            _past.Dequeue();
        }

        foreach (var happening in sample.News)
        {
            _news.Enqueue(happening);
        }

        while (_news.Count > NewsShown)
        {
            _news.Dequeue();
        }

        // One scale for all, and it only grows: bars can be compared with each other and with a moment ago.
        _scale = new[] { _scale, sample.Offered, sample.Accepted, sample.GivenUp, sample.Taken }.Max();
    }

    // Only what is seen: a consumer that has gone is not slow, and a lane that is not filling has no producer that is too fast.
    private static string Phase(Sample sample) => sample switch
    {
        { Lane.State: not EndpointState.Connected } => "[red]there is no connection to the consumer[/]",
        { IsFlooding: false } => "[green]the producer is done, the lane empties[/]",
        { Lane.Level: BackpressureLevel.Normal, Lane.Waiters: 0 } => "[deepskyblue1]the producer sends[/]",
        _ => "[deepskyblue1]the producer is faster than the consumer[/]",
    };

    private Markup Flow(string label, double perSecond, string colour) =>
        Line(label, Bar.Of(perSecond / _scale, _width, colour), Text($"{perSecond:N0}/s"));

    private IEnumerable<IRenderable> Letters(Sample sample)
    {
        var all = Math.Max(1, sample.DeadLetters.Values.Sum(letters => letters.Count) + sample.TakenInAll);
        yield return Line("delivered", Bar.Of((double)sample.TakenInAll / all, _width, "green"), Text($"{sample.TakenInAll:N0}"));
        foreach (var (reason, letters) in sample.DeadLetters)
        {
            yield return Line(reason, Bar.Of((double)letters.Count / all, _width, "red"), Text($"{letters.Count:N0} dead letters"));
        }
    }

    /// <summary>A dot for each call that waits.</summary>
    private string Waiters(int count) => $"[yellow]{new string('●', Math.Min(count, _width)).PadRight(_width)}[/]";

    private static Markup Story(Happening happening)
    {
        var colour = happening.Level is { } level ? Bar.Colour(level) : "grey70";
        return new Markup($"[grey]{Text($"{happening.At.TotalSeconds,6:F2}")} s[/]  [{colour}]{Markup.Escape(happening.Text)}[/]");
    }

    private static Markup Line(string label, string bar, string number) => new($"{Markup.Escape(label),-LabelWidth}{bar}  {number}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
