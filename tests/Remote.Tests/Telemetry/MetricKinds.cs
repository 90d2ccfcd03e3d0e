using System.Diagnostics.Metrics;

namespace Remote.Tests;

/// <summary>What instruments are to collectors.</summary>
internal static class MetricKinds
{
    public static string Of(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "ObservableCounter" or "Counter" => "counter",
        "ObservableUpDownCounter" => "up and down",
        "ObservableGauge" => "gauge",
        "Histogram" => "histogram",
        var other => other,
    };
}
