namespace WordCount;

/// <summary>Shows how far a count has come: as bars on a terminal, as lines elsewhere.</summary>
internal interface IProgressView
{
    /// <summary>How often it wants to be told.</summary>
    TimeSpan Interval { get; }

    void Show(ProgressSnapshot snapshot, double messagesPerSecond);

    /// <summary>What happened, in one or several lines that stay on the screen.</summary>
    void Note(string text);
}
