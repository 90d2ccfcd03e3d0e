namespace Remote;

/// <summary>How far a dial has come: what an error of it is about.</summary>
internal sealed class DialStep
{
    private volatile string _text = "no attempt was made";

    /// <summary>What is being waited for, as the end of a sentence.</summary>
    public string Text
    {
        get => _text;
        set => _text = value;
    }
}
