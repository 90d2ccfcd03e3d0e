namespace Remote;

/// <summary>What came of asking a peer whether it lives.</summary>
internal enum InquiryAnswer
{
    /// <summary>Nothing, or an answer of somebody else.</summary>
    None = 0,

    /// <summary>It lives, and takes this node for alive.</summary>
    Welcome = 1,

    /// <summary>It lives, and blocks this node.</summary>
    Refusal = 2,
}
