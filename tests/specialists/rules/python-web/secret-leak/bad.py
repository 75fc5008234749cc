import logging

logger = logging.getLogger(__name__)


def enter(name, password):
    # ruleid: secret-leak
    logger.info(f"login of {name} with {password}")
