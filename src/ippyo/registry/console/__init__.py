"""The console (管理画面) of roll clerks, the support desk and auditors.

Staff sign in with two factors, see what their role needs, and every act is logged.
"""
