namespace Remote;

/// <summary>How full the user lane of an endpoint is.</summary>
public enum BackpressureLevel
{
    /// <summary>Below the warning level.</summary>
    Normal = 0,

    /// <summary>At or above <see cref="BackpressureOptions.Warning"/>: producers should slow down.</summary>
    Warning = 1,

    /// <summary>At or above <see cref="BackpressureOptions.Critical"/>: messages will soon be refused.</summary>
    Critical = 2,
}
