namespace Remote;

/// <summary>A feature of our own connections that tells a call lost with its connection from one that was reset.</summary>
internal interface IConnectionFate
{
    /// <summary>True from before the first reader learns of it.</summary>
    bool IsLost { get; }
}
