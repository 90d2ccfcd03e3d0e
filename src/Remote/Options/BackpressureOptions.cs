namespace Remote;

/// <summary>When the filling of an endpoint's user lane is reported. Not thread-safe.</summary>
public sealed class BackpressureOptions
{
    /// <summary>
    /// The share of the capacity at which <see cref="BackpressureLevel.Warning"/> begins, more than 0.05 and less than
    /// <see cref="Critical"/>. Default 0.60.
    /// </summary>
    public double Warning { get; set; } = 0.60;

    /// <summary>The share of the capacity at which <see cref="BackpressureLevel.Critical"/> begins, at most 1. Default 0.85.</summary>
    public double Critical { get; set; } = 0.85;
}
