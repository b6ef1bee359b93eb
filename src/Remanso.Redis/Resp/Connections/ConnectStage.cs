namespace Remanso.Redis.Resp.Connections;

/// <summary>How far an attempt to connect has come.</summary>
internal enum ConnectStage
{
    /// <summary>User and password are asked for.</summary>
    Identifying,

    /// <summary>Its name is asked for, or its address does not answer yet.</summary>
    Opening,

    /// <summary>TLS is agreed on.</summary>
    Securing,

    /// <summary>HELLO, AUTH, SELECT.</summary>
    Greeting,

    /// <summary>The servers behind its name are told apart.</summary>
    Choosing,

    /// <summary>It is looked at before commands pass.</summary>
    Admitting,
}
